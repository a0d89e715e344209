import type { KdmqNode, NodeTransition } from '../../../kdmq-node.ts';
import type { Clock, Timer } from '../../../ports/clock.ts';
import type { Random } from '../../../ports/random.ts';
import type { Counters } from '../../../ports/telemetry.ts';
import { stateOf } from '../rest/open-queue.ts';
import { shownQueue } from '../rest/shown-queue.ts';
import { EventRing, type EventType, type Missed, type StreamEvent } from './event-ring.ts';

export interface EventFeedParts {
  readonly node: Pick<KdmqNode, 'on' | 'onMessage' | 'queues'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
}

const transitions: readonly NodeTransition[] = ['joined', 'suspected', 'recovered', 'died', 'left', 'removed'];
const ringSize = 1_000;
const tickMs = 1_000;
/** Messages that are told in one second; with more, what is told is a sample. */
const messagesPerTick = 500;
/** Ticks that it goes on without a listener, for those who come back. */
const lingerTicks = 60;

type Listener = (event: StreamEvent) => void;

/** Turns what happens in a node into events. Looks at the node only while somebody listens, and some time longer. */
export class EventFeed {
  readonly #parts: EventFeedParts;
  readonly #ring: EventRing;
  readonly #listeners = new Set<Listener>();
  readonly #queues = new Map<string, string>();
  #ends: (() => void)[] = [];
  #timer: Timer | undefined;
  #idleTicks = 0;
  #messages = 0;

  constructor(parts: EventFeedParts) {
    this.#parts = parts;
    this.#ring = new EventRing(parts.random.token(8), ringSize);
  }

  /** Calls `listener` with each event. Returns what ends it. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#idleTicks = 0;
    if (this.#timer === undefined) this.#start();
    return () => void this.#listeners.delete(listener);
  }

  /** What came after an event that somebody has got. To be asked before `listen`, in one go with it. */
  after(id: string): Missed {
    return this.#timer === undefined ? { events: [], gap: true } : this.#ring.after(id);
  }

  /** Where somebody is who listens from now on, or has been told what he missed. To be asked after `listen`, in one go with it. */
  get lastId(): string {
    return this.#ring.lastId;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const end of this.#ends) end();
    this.#ends = [];
    this.#ring.interrupt();
  }

  #start(): void {
    const { node } = this.#parts;
    for (const transition of transitions) {
      this.#ends.push(node.on(transition, ({ uri, kind, why }) => this.#tell('node', { transition, uri, kind, why })));
    }
    this.#ends.push(
      node.onMessage((message) => {
        this.#messages += 1;
        if (this.#messages > messagesPerTick) this.#parts.counters.add('http_events_dropped', 'message');
        else this.#tell('message', message);
      }),
    );
    this.#queues.clear();
    for (const [name, shown] of this.#shownQueues()) this.#queues.set(name, shown);
    this.#tickLater();
  }

  #tickLater(): void {
    this.#timer = this.#parts.clock.after(tickMs, () => this.#tick());
  }

  #tick(): void {
    this.#messages = 0;
    for (const [name, shown] of this.#shownQueues()) {
      if (this.#queues.get(name) === shown) continue;
      this.#queues.set(name, shown);
      this.#tellText('queue', shown);
    }
    this.#idleTicks = this.#listeners.size > 0 ? 0 : this.#idleTicks + 1;
    if (this.#idleTicks >= lingerTicks) this.stop();
    else this.#tickLater();
  }

  /** An age grows without anything having happened. */
  *#shownQueues(): Generator<readonly [name: string, shown: string]> {
    const { queues } = this.#parts.node;
    for (const queue of queues.all()) {
      const { oldestMs: _, ...shown } = shownQueue(queue, stateOf(queues, queue.name));
      yield [queue.name, JSON.stringify(shown)];
    }
  }

  #tell(type: EventType, data: object): void {
    this.#tellText(type, JSON.stringify(data));
  }

  #tellText(type: EventType, data: string): void {
    const event = this.#ring.add(type, data);
    for (const listener of this.#listeners) listener(event);
  }
}
