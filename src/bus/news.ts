import type { Fact } from '../core/gossip-message.ts';
import { NewsQueue } from '../core/news-queue.ts';
import type { NodeRecord } from '../core/node-record.ts';
import { type NodeUri, nodeKey } from '../core/node-uri.ts';
import { pick } from '../core/ring.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Directory } from './directory.ts';

export interface NewsOptions {
  readonly directory: Directory;
  readonly clock: Clock;
  readonly random: Random;
  readonly send: (uri: NodeUri, facts: readonly Fact[]) => void;
}

/** Changes of this many milliseconds travel together. */
const gatherMs = 10;
/** As many as fit a datagram of 1,300 bytes with its headers. */
const factsPerMessage = 8;
/** In a small bus each change is told to everybody at once; in a larger one to some, who pass it on. */
const smallBus = 8;
const fanout = 4;
/** In two waves: of those whom the first one missed by chance hardly any is missed again. */
const secondWaveMs = 100;
/** How often it is told again with probes and their answers. Whoever was missed all the same learns it when digests differ. */
const retellings = 3;

/**
 * Spreads changed claims: at once to some nodes, and a few more times with the probes. So a change reaches 1,000 nodes in about
 * five hops, and costs each node the same in a bus of any size.
 */
export class News {
  readonly #options: NewsOptions;
  readonly #queue = new NewsQueue();
  /** Changes not yet told to anybody, and those that are told to some others once more, by node. */
  #fresh = new Map<string, Fact>();
  #again: ReadonlyMap<string, Fact> = new Map();
  #timer: Timer | undefined;
  #stopped = false;

  constructor(options: NewsOptions) {
    this.#options = options;
    options.directory.onChange(({ event, before, after }) => {
      if (after === undefined || before?.claim === after.claim) return;
      // What stands in somebody's whole list is old; where it is missing the digests differ.
      if (event.kind === 'told' && !event.fresh) return;
      this.#add({ node: after, claim: after.claim });
    });
  }

  /** The local incarnation was raised, or this node has just come. */
  tellOfLocal(): void {
    this.#add(this.#options.directory.local.fact());
  }

  /** Claims to put into a message that is sent anyway. */
  take(count: number): Fact[] {
    return this.#queue.take(count);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #add(fact: Fact): void {
    if (this.#stopped) return;
    this.#queue.add(fact, retellings);
    // A wave that is due later goes along.
    if (this.#fresh.size === 0) this.#flushAfter(gatherMs);
    // One claim a node, the last one: so the node list's bound is that of what waits here.
    this.#fresh.set(nodeKey(fact.node.uri), fact);
  }

  #flushAfter(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(delayMs, () => this.#flush());
  }

  #flush(): void {
    const facts = [...this.#fresh.values(), ...this.#again.values()];
    const fellows = this.#options.directory.active().filter(isFellow);
    const isSmall = fellows.length <= smallBus;
    const targets = isSmall ? fellows : pick(fellows, fanout, () => this.#options.random.fraction());
    this.#again = isSmall ? new Map() : this.#fresh;
    this.#fresh = new Map();
    if (this.#again.size > 0) this.#flushAfter(secondWaveMs);
    for (const target of targets) {
      for (let start = 0; start < facts.length; start += factsPerMessage) {
        this.#options.send(target.uri, facts.slice(start, start + factsPerMessage));
      }
    }
  }
}

function isFellow(record: NodeRecord): boolean {
  return record.kind === 'kdmq';
}
