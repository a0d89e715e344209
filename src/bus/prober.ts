import { hash32 } from '../core/hash.ts';
import { isActive } from '../core/node-list.ts';
import type { FailurePolicy, NodeKind, NodeRecord } from '../core/node-record.ts';
import { type NodeUri, nodeKey } from '../core/node-uri.ts';
import { followers, pick } from '../core/ring.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Directory } from './directory.ts';
import type { Gossip } from './gossip.ts';
import type { Notifier } from './notifier.ts';

/** The settings that time the probes, in seconds. */
export interface ProbeSettings extends FailurePolicy {
  readonly probe_interval: number;
  readonly ping_interval: number;
}

export interface ProberOptions {
  readonly directory: Directory;
  readonly gossip: Gossip;
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: () => ProbeSettings;
}

/** Nodes after this one on the ring that it watches, and others that it probes beside them, each interval. */
export const watchedFollowers = 3;
const strollers = 1;
/** Nodes asked for a second opinion. */
const opinions = 3;
const kamailioDeadlineMs = 1_500;
/** A timer that is later than this says that the process was held up. */
const oversleptMs = 100;
const kamailioSuspicionMs = 3_000;
/** For a node whose host refuses connections: it is asked twice, so this counts double. */
const fatalDeadlineMs = 200;

/**
 * Finds out who lives. Each interval a few of our own nodes are probed: as many in a bus of 1,000 as in one of ten. A node that does not
 * answer, not by TCP, and not when others ask it, is suspected; when nobody contradicts in time, dead. Kamailio nodes are
 * pinged each `ping_interval` and judged the same way.
 */
export class Prober {
  readonly #options: ProberOptions;
  readonly #place: number;
  readonly #underWay = new Set<string>();
  readonly #suspicions = new Map<string, Timer>();
  readonly #lastPing = new Map<string, number>();
  #timer: Timer | undefined;
  #tickedAt = 0;
  /** Raised after a pause of this process: what was under way then proves nothing. */
  #era = 0;
  #stopped = false;

  constructor(options: ProberOptions) {
    this.#options = options;
    this.#place = hash32(options.directory.local.key);
    options.directory.onChange(({ key, after }) => {
      if (after?.claim.state === 'suspect') this.#startSuspicion(after);
      else this.#endSuspicion(key);
      if (after === undefined || after.buried) this.#lastPing.delete(key);
    });
  }

  start(): void {
    this.#tickedAt = this.#options.clock.now();
    // A random phase, so that the nodes of a bus that were started together do not probe together.
    this.#tickAfter(this.#intervalMs() * this.#options.random.fraction());
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    for (const timer of this.#suspicions.values()) timer.cancel();
    this.#suspicions.clear();
  }

  /** Probes a node now, since something hints that it has gone. `fatal`: no answer proves its death, as when its host refuses connections. */
  checkNow(key: string, fatal = false): void {
    const record = this.#options.directory.get(key);
    if (!this.#stopped && record !== undefined && isActive(record)) this.#probe(record, fatal);
  }

  /**
   * Decides on a node that others speak of and that never answered this one: `reached` is called when one of them reaches it,
   * otherwise it is suspected.
   */
  judge(key: string, reached: () => void): void {
    const record = this.#options.directory.get(key);
    if (!this.#stopped && record !== undefined)
      this.#secondOpinion(record, this.#deadlineMs(record.kind), false, reached);
  }

  /** Answers another node's question whether `uri` lives. */
  probeFor(uri: NodeUri, kind: NodeKind, done: (answered: boolean) => void): void {
    this.#contact(uri, kind, this.#deadlineMs(kind), done);
  }

  #intervalMs(): number {
    return this.#options.settings().probe_interval * 1_000;
  }

  #deadlineMs(kind: NodeKind): number {
    return kind === 'kdmq' ? Math.max(200, Math.min(2_000, this.#intervalMs()) / 2) : kamailioDeadlineMs;
  }

  #tickAfter(delayMs: number): void {
    this.#timer = this.#options.clock.after(delayMs, () => this.#tick());
  }

  #tick(): void {
    const { clock, directory, random } = this.#options;
    const interval = this.#intervalMs();
    const late = clock.now() - this.#tickedAt > 2 * interval + 1_000;
    this.#tickedAt = clock.now();
    this.#tickAfter(interval);
    if (late) this.#distrustSelf();
    directory.sweep();
    const active = directory.active();
    const fellows = active.filter((record) => record.kind === 'kdmq');
    const chosen = new Set(followers(fellows, this.#place, watchedFollowers));
    for (const record of pick(fellows, strollers, () => random.fraction())) chosen.add(record);
    for (const record of chosen) this.#probe(record, false);
    for (const record of active) if (record.kind !== 'kdmq' && this.#isPingDue(record)) this.#probe(record, false);
  }

  /** After a long pause (a stopped process, a sleeping machine) what seems silent was perhaps only not heard. */
  #distrustSelf(): void {
    this.#era += 1;
    this.#underWay.clear();
    for (const key of [...this.#suspicions.keys()]) {
      const record = this.#options.directory.get(key);
      this.#endSuspicion(key);
      if (record !== undefined) this.#startSuspicion(record);
    }
  }

  #isPingDue(record: NodeRecord): boolean {
    const last = this.#lastPing.get(record.key) ?? Number.NEGATIVE_INFINITY;
    const interval = this.#options.settings().ping_interval * 1_000;
    return this.#options.notifier.isConcernedWith(record.uri) && this.#options.clock.now() - last >= interval;
  }

  #probe(record: NodeRecord, fatal: boolean): void {
    const { key } = record;
    if (this.#underWay.has(key) && !fatal) return;
    this.#underWay.add(key);
    const era = this.#era;
    const deadline = fatal ? fatalDeadlineMs : this.#deadlineMs(record.kind);
    const dueAt = this.#options.clock.now() + deadline;
    this.#contact(record.uri, record.kind, deadline, (answered) => {
      if (era !== this.#era || this.#stopped) return;
      if (answered) this.#underWay.delete(key);
      else if (this.#overslept(dueAt)) this.#probeAgain(record, fatal);
      else this.#secondOpinion(record, deadline, fatal);
    });
  }

  /**
   * Whether what was due then comes late: this node was held up itself, and what it did not hear proves nothing. Without this the
   * nodes of a machine that is too busy declare one another dead, and are busier still.
   */
  #overslept(dueAt: number): boolean {
    return this.#options.clock.now() - dueAt > oversleptMs;
  }

  /** At the next interval, or at once when it is known that something happened to that node. */
  #probeAgain(record: NodeRecord, fatal: boolean): void {
    this.#underWay.delete(record.key);
    if (fatal) this.checkNow(record.key, true);
  }

  #contact(uri: NodeUri, kind: NodeKind, deadlineMs: number, done: (answered: boolean) => void): void {
    if (kind === 'kdmq') {
      this.#options.gossip.probe(uri, deadlineMs, (outcome) => done(outcome.kind === 'answered'));
      return;
    }
    this.#lastPing.set(nodeKey(uri), this.#options.clock.now());
    this.#options.notifier.ping(uri, deadlineMs, done);
  }

  /** Asks others, and the node itself by TCP (loss and a full UDP buffer do not touch that), before anything is believed. */
  #secondOpinion(record: NodeRecord, deadlineMs: number, fatal: boolean, reached = (): void => {}): void {
    const era = this.#era;
    const { directory, gossip, random } = this.#options;
    directory.record({ kind: 'missed', key: record.key }, 'probe unanswered');
    const others = directory.active().filter((other) => other.kind === 'kdmq' && other.key !== record.key);
    const helpers = pick(others, opinions, () => random.fraction());
    const dueAt = this.#options.clock.now() + deadlineMs;
    let open = helpers.length + 1;
    let lives = false;
    const heard = (answered: boolean): void => {
      open -= 1;
      if (answered && !lives && era === this.#era) {
        lives = true;
        this.#underWay.delete(record.key);
        reached();
      }
      if (open > 0 || lives || era !== this.#era || this.#stopped) return;
      if (this.#overslept(dueAt)) {
        this.#probeAgain(record, fatal);
        return;
      }
      this.#underWay.delete(record.key);
      this.#condemn(record, fatal);
    };
    for (const helper of helpers) gossip.ask(helper.uri, record.uri, record.kind, deadlineMs, heard);
    if (record.kind === 'kdmq') {
      const carrier = record.streams.includes('tcp') ? 'tcp' : undefined;
      gossip.probe(record.uri, deadlineMs, (outcome) => heard(outcome.kind === 'answered'), carrier);
    } else this.#contact(record.uri, record.kind, deadlineMs, heard);
  }

  #condemn(record: NodeRecord, fatal: boolean): void {
    const { directory, clock } = this.#options;
    const held = directory.get(record.key);
    // It has begun a new life, or somebody has heard of it, meanwhile.
    if (held === undefined || held.claim.incarnation !== record.claim.incarnation) return;
    const at = clock.now();
    if (fatal && !this.#options.settings().fail_count_enabled) {
      directory.record({ kind: 'seen', node: held, evidence: 'silent', at }, 'process ended');
    } else {
      directory.record({ kind: 'seen', node: held, evidence: 'unanswered', at }, 'probes unanswered');
    }
  }

  #startSuspicion(record: NodeRecord): void {
    if (this.#suspicions.has(record.key) || this.#stopped) return;
    const total = record.kind === 'kdmq' ? 2 * this.#intervalMs() : kamailioSuspicionMs;
    this.#suspicionStep(record.key, this.#options.clock.now() + total);
  }

  /** While a node is suspected it is asked again and again: each answer ends the suspicion. */
  #suspicionStep(key: string, until: number): void {
    const { clock, directory } = this.#options;
    const record = directory.get(key);
    if (record === undefined || record.claim.state !== 'suspect') return;
    const step = record.kind === 'kdmq' ? this.#intervalMs() / 4 : 1_000;
    if (this.#isMyConcern(record)) this.#reprobe(record);
    const left = until - clock.now();
    const rest = left > 0 ? Math.min(step, left) : step;
    const dueAt = clock.now() + rest;
    const timer = clock.after(rest, () => {
      this.#suspicions.delete(key);
      // The time in which this node was held up is no time in which it would have heard the other.
      if (this.#overslept(dueAt)) this.#suspicionStep(key, Math.max(until, clock.now()) + clock.now() - dueAt);
      else if (clock.now() < until || !this.#hasMissedEnough(key)) this.#suspicionStep(key, until);
      else this.#declareDead(key);
    });
    this.#suspicions.set(key, timer);
  }

  #reprobe(record: NodeRecord): void {
    const { directory } = this.#options;
    this.#contact(record.uri, record.kind, this.#deadlineMs(record.kind), (answered) => {
      if (!answered) directory.record({ kind: 'missed', key: record.key }, 'probe unanswered');
    });
  }

  /** The watchers of a suspected node ask it again, not all 1,000 nodes. */
  #isMyConcern(record: NodeRecord): boolean {
    if (record.failCount > 0) return true;
    const fellows = this.#options.directory.active().filter((other) => other.kind === 'kdmq');
    return followers(fellows, this.#place, watchedFollowers).some((follower) => follower.key === record.key);
  }

  /** With fail_count_enabled a node dies only above the first threshold, and by those who counted. */
  #hasMissedEnough(key: string): boolean {
    const settings = this.#options.settings();
    const count = this.#options.directory.get(key)?.failCount ?? 0;
    return !settings.fail_count_enabled || count > settings.fail_count_threshold_not_active;
  }

  #declareDead(key: string): void {
    const { directory, clock } = this.#options;
    const record = directory.get(key);
    if (record === undefined || record.claim.state !== 'suspect') return;
    directory.record({ kind: 'seen', node: record, evidence: 'silent', at: clock.now() }, 'silent');
  }

  #endSuspicion(key: string): void {
    this.#suspicions.get(key)?.cancel();
    this.#suspicions.delete(key);
  }
}
