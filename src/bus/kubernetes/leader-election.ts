import { ClusterError } from '../../core/kubernetes/cluster-error.ts';
import type { LeaseContent, LeaseRecord } from '../../core/kubernetes/lease-record.ts';
import type { ObjectReference } from '../../core/kubernetes/observed-pod.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { ClusterWriter } from '../../ports/cluster-writer.ts';
import type { LeaseSource } from '../../ports/pod-source.ts';
import type { Random } from '../../ports/random.ts';
import type { Counters, Log } from '../../ports/telemetry.ts';
import { ResourceWatch, type WatchState } from './resource-watch.ts';

export interface LeaderElectionOptions {
  /** Names this life of this node. */
  readonly identity: string;
  readonly source: LeaseSource;
  readonly writer: Pick<ClusterWriter, 'createLease' | 'replaceLease'>;
  readonly owner: () => ObjectReference | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly counters: Counters;
  /** This node has become the leader, or is it no more. */
  readonly changed: (isLeader: boolean) => void;
}

/** Who does not renew for so long has lost it; how often it is renewed; how long a renewal counts, from the request on. */
const leaseMs = 3_000;
const renewMs = 700;
const validMs = 2_000;
const retryMs = 300;

/** The Lease as it was last seen, and when (monotonic) it was seen to have changed. */
interface Seen {
  readonly lease: LeaseRecord;
  readonly at: number;
}

/**
 * One of the pods leads: it holds the Lease. All see each renewal through a watch, so only the leader asks the API anything. A Lease is
 * free when it did not change for three seconds of this node's own monotonic clock, whatever times stand in it. Being the leader is a
 * question of time: a process that was paused is none when it wakes.
 */
export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #watch: ResourceWatch<LeaseRecord>;
  #seen: Seen | undefined;
  #isAbsent = false;
  #version: string | undefined;
  #acquiredAt = 0;
  #vacantSince = Number.NEGATIVE_INFINITY;
  #leaderUntil = Number.NEGATIVE_INFINITY;
  #wasLeader = false;
  #timer: Timer | undefined;
  #writing: Promise<number> | undefined;
  #standsFrom = 0;
  #stopped = false;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    const { source, clock, random, log, counters } = options;
    this.#watch = new ResourceWatch({
      name: 'leases',
      source,
      clock,
      random,
      log,
      counters,
      replaced: ([lease]) => (lease === undefined ? this.#saw(undefined) : this.#saw(lease)),
      happened: ({ kind, item }) => this.#saw(kind === 'removed' ? undefined : item),
    });
  }

  /** Asked before each write: true for two seconds from the last renewal on. */
  isLeader(): boolean {
    return !this.#stopped && this.#options.clock.now() < this.#leaderUntil;
  }

  /** Until when somebody else led before this node did (monotonic milliseconds). */
  get vacantSince(): number {
    return this.#vacantSince;
  }

  /** Who leads, as far as this node has seen; empty when nobody does. */
  get holder(): string {
    return this.#seen?.lease.holder ?? '';
  }

  get watchState(): WatchState {
    return this.#watch.state;
  }

  /** Watches from now on, and stands for election after `delayMs` and a little more by chance. */
  start(delayMs = 0): void {
    this.#watch.start();
    this.#standsFrom = this.#options.clock.now() + delayMs;
    this.#tickAfter(delayMs + renewMs * this.#options.random.fraction());
  }

  /** Gives the Lease back, so that another one leads at once. Takes no longer than two calls of the writer. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#watch.stop();
    this.#tell();
    // Only a renewal that is under way knows the version that can be replaced.
    await this.#writing;
    if (this.#version === undefined || this.#options.clock.now() >= this.#leaderUntil) return;
    await this.#options.writer.replaceLease(this.#content(''), this.#version).catch(() => {});
  }

  #saw(lease: LeaseRecord | undefined): void {
    const { identity, clock } = this.#options;
    this.#isAbsent = lease === undefined;
    if (lease === undefined) {
      this.#seen = undefined;
      this.#version = undefined;
    } else if (lease.version !== this.#seen?.lease.version) this.#seen = { lease, at: clock.now() };
    if (lease?.holder !== identity && this.#writing === undefined) this.#lose();
    // Given back, or gone: somebody takes it within a tenth of a second.
    if ((lease === undefined || lease.holder === '') && this.#writing === undefined) {
      this.#tickAfter(Math.max(0, this.#standsFrom - clock.now()) + 100 * this.#options.random.fraction());
    }
  }

  #tickAfter(delayMs: number): void {
    if (this.#stopped) return;
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(delayMs, () => void this.#tick());
  }

  async #tick(): Promise<void> {
    this.#tell();
    const wait = this.#writing === undefined ? await this.#work() : renewMs;
    this.#tell();
    this.#tickAfter(wait * (0.9 + this.#options.random.fraction() / 5));
  }

  /** Does what is due and returns after how many milliseconds to look again. */
  async #work(): Promise<number> {
    const { clock, identity } = this.#options;
    if (this.#version !== undefined && this.#leaderUntil > Number.NEGATIVE_INFINITY) return this.#write('renew');
    if (this.#watch.state.phase !== 'watching') return renewMs;
    if (this.#seen === undefined) return this.#isAbsent ? this.#write('create') : renewMs;
    const { lease, at } = this.#seen;
    const left = at + Math.max(leaseMs, lease.durationMs) - clock.now();
    if (lease.holder === '' || lease.holder === identity || left <= 0) return this.#write('take');
    return Math.min(renewMs, left);
  }

  #write(what: 'create' | 'take' | 'renew'): Promise<number> {
    this.#writing = this.#doWrite(what).finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #doWrite(what: 'create' | 'take' | 'renew'): Promise<number> {
    const { clock, writer, counters } = this.#options;
    const askedAt = clock.now();
    if (what !== 'renew') {
      this.#acquiredAt = clock.wallTime();
      this.#vacantSince = this.#seen?.at ?? Number.NEGATIVE_INFINITY;
    }
    try {
      const content = this.#content(this.#options.identity);
      const held = what === 'renew' ? this.#version : this.#seen?.lease.version;
      this.#version = held === undefined ? await writer.createLease(content) : await writer.replaceLease(content, held);
      this.#leaderUntil = askedAt + validMs;
      return Math.max(0, renewMs - (clock.now() - askedAt));
    } catch (cause) {
      const code = cause instanceof ClusterError ? cause.code : 'REFUSED';
      counters.add('kubernetes_lease_failures', code.toLowerCase());
      // Somebody else has it. Any other failure leaves it in doubt: time decides.
      if (code === 'CONFLICT' || code === 'ABSENT' || code === 'EXISTS' || what !== 'renew') this.#lose();
      return code === 'FORBIDDEN' ? 30_000 : retryMs;
    }
  }

  #content(holder: string): LeaseContent {
    const { clock, owner, identity } = this.#options;
    const before = this.#seen?.lease;
    const changes = before !== undefined && holder !== '' && before.holder !== identity;
    return {
      holder,
      durationMs: leaseMs,
      acquiredAt: this.#acquiredAt,
      renewedAt: clock.wallTime(),
      transitions: (before?.transitions ?? 0) + (changes ? 1 : 0),
      owner: owner(),
    };
  }

  #lose(): void {
    this.#leaderUntil = Number.NEGATIVE_INFINITY;
    this.#version = undefined;
    this.#tell();
  }

  #tell(): void {
    const leads = this.isLeader();
    if (leads === this.#wasLeader) return;
    this.#wasLeader = leads;
    this.#options.log.info(leads ? 'leads: writes the status of the nodes' : 'leads no more', {
      holder: this.#options.identity,
    });
    this.#options.changed(leads);
  }
}
