import { isActive, isLiving } from '../core/node-list.ts';
import type { NodeKind } from '../core/node-record.ts';
import { type NodeUri, nodeKey } from '../core/node-uri.ts';
import { retryDelay, type SearchReason } from '../core/search-schedule.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Counters } from '../ports/telemetry.ts';
import type { Directory, DirectoryChange } from './directory.ts';
import { type Gossip, type GossipOutcome, syncDeadlineMs } from './gossip.ts';
import type { Notifier } from './notifier.ts';

/** An address where a node may be: from DNS, from gossip, or lost. */
interface Candidate {
  readonly uri: NodeUri;
  readonly key: string;
  reason: SearchReason;
  kind: NodeKind;
  tries: number;
  since: number;
  dueAt: number;
  underWay: boolean;
  /** How long an answer is waited for, and until when it is at the moment. */
  deadlineMs: number;
  waitsUntil: number;
  /** When it was last seen to be silent. */
  silentAt: number;
  /** It was named while it was being asked: perhaps it came too late to hear the question. */
  named: boolean;
  /** The key under which the node that answers here stands in the list: another one when the address is its second. */
  alias: string | undefined;
}

export interface JoinerOptions {
  readonly directory: Directory;
  readonly gossip: Gossip;
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
  /** A node that others speak of never answered: has them asked for it, and calls back when one of them reaches it. */
  readonly judge: (key: string, reached: () => void) => void;
}

const maxCandidates = 5_000;
/** Contacts under way at once; those that were silent before may take half, so that newcomers need not wait behind the lost. */
const maxUnderWay = 64;
const contactDeadlineMs = 1_000;
/** Waited for so long at the most where this process itself is held up. */
const longestDeadlineMs = 8_000;
/** A deadline that is found to be over this late says that the process was held up. */
const oversleptMs = 100;
/** Where new names keep coming, the first search ends so long after the first node was found. */
const longestSearchMs = 2_000;
/** The search is gone through at most this often. */
const shortestRestMs = 20;
/** How often an address that leads to an active node is looked at again, beside the times when that node goes. */
const recheckMs = 10_000;
/** How long a silent address is left alone though somebody names it. */
const namedRestMs = 500;
/** Whole lists are fetched from this many nodes at the start; from then on digests tell. */
const firstSyncs = 3;

/**
 * Looks for nodes for as long as it runs: whatever stands in DNS, was heard of, or was lost, and is not active, is asked again and
 * again, the more seldom the longer it is silent. An answer makes a node active; nothing here ever makes one go.
 */
export class Joiner {
  readonly #options: JoinerOptions;
  readonly #candidates = new Map<string, Candidate>();
  #listed: ReadonlySet<string> = new Set();
  #underWay = 0;
  #syncs = 0;
  #timer: Timer | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;
  #workedAt = Number.NEGATIVE_INFINITY;
  #stopped = false;
  #rounds = 0;
  #foundAt: number | undefined;

  constructor(options: JoinerOptions) {
    this.#options = options;
    options.directory.onChange((change) => this.#noteChange(change));
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#candidates.clear();
  }

  /** The addresses that DNS and the configuration hold now. Those that fell out are asked a few more times and then left alone. */
  setListed(uris: readonly NodeUri[]): void {
    const { directory } = this.#options;
    const listed = new Set(uris.map(nodeKey));
    for (const key of this.#listed) {
      if (listed.has(key)) continue;
      directory.record({ kind: 'listed', key, listed: false }, 'no notification address any more');
      const candidate = this.#candidates.get(key);
      if (candidate !== undefined) candidate.reason = 'heard';
    }
    this.#listed = listed;
    for (const uri of uris) {
      directory.record({ kind: 'listed', key: nodeKey(uri), listed: true }, 'notification address');
      this.#consider(uri, 'unknown', 'listed');
    }
    this.#rounds += 1;
  }

  /** Somebody named this address. */
  hint(uri: NodeUri, kind: NodeKind): void {
    this.#consider(uri, kind, 'heard');
  }

  /** Whether the first search is over: everybody who was named has been asked once, or somebody was found some time ago. */
  hasSearched(): boolean {
    const { clock, directory } = this.#options;
    if (directory.activeCount > 0) this.#foundAt ??= clock.now();
    if (this.#foundAt !== undefined && clock.now() - this.#foundAt >= longestSearchMs) return true;
    const hasAsked = (one: Candidate): boolean => one.tries > 0 || one.alias !== undefined || this.#isSatisfied(one);
    return (this.#rounds > 0 || directory.activeCount > 0) && [...this.#candidates.values()].every(hasAsked);
  }

  #noteChange({ key, before, after }: DirectoryChange): void {
    if (after === undefined) return;
    if (after.claim !== before?.claim && isLiving(after) && !isActive(after)) {
      this.#consider(after.uri, after.kind, 'heard');
    } else if (before !== undefined && isActive(before) && after.claim.state === 'dead') {
      this.#consider(after.uri, after.kind, 'lost');
    } else if (after.claim.state === 'left' && before?.claim.state !== 'left') {
      const candidate = this.#candidates.get(key);
      if (candidate !== undefined && candidate.reason !== 'listed') this.#candidates.delete(key);
    }
  }

  #consider(uri: NodeUri, kind: NodeKind, reason: SearchReason): void {
    const { clock, directory, counters } = this.#options;
    const key = nodeKey(uri);
    if (this.#stopped || key === directory.local.key) return;
    const now = clock.now();
    const held = this.#candidates.get(key);
    if (held !== undefined) {
      if (kind !== 'unknown') held.kind = kind;
      if (reason === 'listed') held.reason = 'listed';
      if (reason === 'listed') return;
      held.named = true;
      if (!held.underWay) this.#askSoon(held);
      return;
    }
    const record = directory.get(key);
    if (reason === 'heard' && record !== undefined && isActive(record)) return;
    if (this.#candidates.size >= maxCandidates) {
      counters.add('candidates_dropped', 'full');
      return;
    }
    const known = kind === 'unknown' ? (record?.kind ?? 'unknown') : kind;
    const candidate = {
      uri,
      key,
      reason,
      kind: known,
      tries: 0,
      since: now,
      dueAt: now,
      underWay: false,
      deadlineMs: contactDeadlineMs,
      waitsUntil: 0,
      silentAt: Number.NEGATIVE_INFINITY,
      named: false,
      alias: undefined,
    };
    this.#candidates.set(key, candidate);
    this.#wakeAt(now);
  }

  /** There is news of the node: it is worth asking, but not at the pace of whoever sends such news. */
  #askSoon(candidate: Candidate): void {
    const earliest = Math.max(this.#options.clock.now(), candidate.silentAt + namedRestMs);
    candidate.dueAt = Math.min(candidate.dueAt, earliest);
    this.#wakeAt(candidate.dueAt);
  }

  #wakeAt(time: number): void {
    if (time >= this.#wakesAt || this.#stopped) return;
    this.#timer?.cancel();
    this.#wakesAt = time;
    const { clock } = this.#options;
    const rest = Math.max(time - clock.now(), this.#workedAt + shortestRestMs - clock.now(), 0);
    this.#timer = clock.after(rest, () => this.#work());
  }

  #work(): void {
    const now = this.#options.clock.now();
    this.#workedAt = now;
    this.#wakesAt = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const candidate of this.#candidates.values()) {
      if (!candidate.underWay && candidate.dueAt <= now) {
        if (this.#isSatisfied(candidate)) this.#retire(candidate, now);
        else if (this.#underWay < (candidate.tries > 0 ? maxUnderWay / 2 : maxUnderWay)) this.#contact(candidate);
      }
      if (!candidate.underWay) next = Math.min(next, candidate.dueAt);
    }
    if (next < Number.POSITIVE_INFINITY) this.#wakeAt(next);
  }

  #isSatisfied(candidate: Candidate): boolean {
    const { directory } = this.#options;
    return isActive(directory.get(candidate.alias ?? candidate.key)) || candidate.alias === directory.local.key;
  }

  /** Found: what DNS names is looked at again later, the rest is done with. */
  #retire(candidate: Candidate, now: number): void {
    if (candidate.reason !== 'listed') {
      this.#candidates.delete(candidate.key);
      return;
    }
    candidate.tries = 0;
    candidate.since = now;
    candidate.dueAt = now + recheckMs;
  }

  #contact(candidate: Candidate): void {
    const { gossip, directory } = this.#options;
    candidate.underWay = true;
    candidate.named = false;
    candidate.waitsUntil = this.#options.clock.now() + candidate.deadlineMs;
    this.#underWay += 1;
    const kind = directory.get(candidate.key)?.kind ?? candidate.kind;
    if (kind !== 'kdmq' && candidate.kind !== 'kdmq') this.#look(candidate);
    else if (this.#syncs < firstSyncs) {
      this.#syncs += 1;
      candidate.waitsUntil = this.#options.clock.now() + syncDeadlineMs;
      gossip.sync(candidate.uri, (outcome) => this.#heardFrom(candidate, outcome));
    } else gossip.probe(candidate.uri, candidate.deadlineMs, (outcome) => this.#heardFrom(candidate, outcome));
  }

  /** An address of which nothing is known, or where a Kamailio was: first the look that leaves no trace, then what fits. */
  #look(candidate: Candidate): void {
    const { notifier } = this.#options;
    notifier.look(candidate.uri, candidate.deadlineMs, (look) => {
      if (look.kind !== 'found') {
        this.#done(candidate, false);
      } else if (look.software === 'kdmq') {
        candidate.kind = 'kdmq';
        candidate.underWay = false;
        this.#underWay -= 1;
        if (!this.#stopped) this.#contact(candidate);
      } else {
        candidate.kind = look.software;
        this.#done(candidate, true);
        if (!this.#stopped) notifier.settle(candidate.uri, look.roundTrip);
      }
    });
  }

  #heardFrom(candidate: Candidate, outcome: GossipOutcome): void {
    if (outcome.kind === 'ourselves') candidate.alias = this.#options.directory.local.key;
    if (outcome.kind === 'answered') candidate.alias = nodeKey(outcome.node.uri);
    if (outcome.kind === 'stranger') candidate.kind = 'unknown';
    this.#done(candidate, outcome.kind === 'answered' || outcome.kind === 'ourselves');
  }

  #done(candidate: Candidate, answered: boolean): void {
    const { clock, directory, random } = this.#options;
    candidate.underWay = false;
    this.#underWay -= 1;
    if (this.#stopped) return;
    const now = clock.now();
    if (answered) this.#retire(candidate, now);
    else if (now > candidate.waitsUntil + oversleptMs && candidate.deadlineMs < longestDeadlineMs) {
      // Held up itself, this node may only not have heard the answer.
      candidate.deadlineMs *= 2;
      candidate.dueAt = now + namedRestMs;
    } else {
      candidate.tries += 1;
      directory.record({ kind: 'missed', key: candidate.key }, 'no answer');
      const delay = retryDelay(candidate.reason, candidate.tries, now - candidate.since);
      if (delay === undefined) this.#giveUp(candidate);
      else candidate.dueAt = now + delay * (0.75 + random.fraction() / 2);
      candidate.silentAt = now;
      if (candidate.named) this.#askSoon(candidate);
    }
    this.#wakeAt(candidate.dueAt);
  }

  /** Not asked any more. If the list still has it living the others decide: whom they reach is looked for on, whom nobody reaches is dead. */
  #giveUp({ uri, key }: Candidate): void {
    const { directory, judge } = this.#options;
    this.#candidates.delete(key);
    const record = directory.get(key);
    if (record === undefined || !isLiving(record) || isActive(record)) return;
    judge(key, () => this.#consider(uri, record.kind, 'lost'));
  }
}
