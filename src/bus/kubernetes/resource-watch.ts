import { ClusterError, type ClusterErrorCode } from '../../core/kubernetes/cluster-error.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { ResourceEvent, ResourceSource } from '../../ports/pod-source.ts';
import type { Random } from '../../ports/random.ts';
import type { Counters, Log } from '../../ports/telemetry.ts';

/** How a watch stands. `since`: monotonic milliseconds. */
export interface WatchState {
  readonly phase:
    | 'starting'
    | 'watching'
    | 'unreachable' /* tried again within a second; what was read last stays */
    | 'forbidden' /* the role lacks the right */
    | 'absent' /* there is no such resource in this cluster */
    | 'stopped';
  readonly since: number;
  /** The last failure; empty where there was none. */
  readonly detail: string;
}

export interface ResourceWatchOptions<T> {
  /** What is watched, in the plural, for log lines. */
  readonly name: string;
  readonly source: ResourceSource<T>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly counters: Counters;
  /** All there are now. */
  readonly replaced: (items: readonly T[]) => void;
  readonly happened: (event: ResourceEvent<T>) => void;
}

const shortestMs = 50;
const longestMs = 1_000;
/** A role or a resource that is missing is looked for so seldom: somebody has to do something first. */
const refusedMs = 30_000;
/** Whatever a server asks for, it is tried again after so long. */
const longestThrottleMs = 30_000;
/** A watch that has lived so long was no failure: the next list is read at once. */
const steadyMs = 5_000;

/**
 * Keeps step with all objects of one kind, for as long as it runs: list, replace all, watch; when anything ends the watch, list again.
 * Waits 50 ms to 1 s between tries, half of it by chance, so that the pods of a release do not come in step.
 */
export class ResourceWatch<T> {
  readonly #options: ResourceWatchOptions<T>;
  readonly #stop = new AbortController();
  #state: WatchState;
  #timer: Timer | undefined;
  #tries = 0;
  #complaint: WatchState['phase'] | undefined;
  #isInStep = false;

  constructor(options: ResourceWatchOptions<T>) {
    this.#options = options;
    this.#state = { phase: 'starting', since: options.clock.now(), detail: '' };
  }

  get name(): string {
    return this.#options.name;
  }

  get state(): WatchState {
    return this.#state;
  }

  /** Whether it hears of every change now. A watch that has just ended is begun again before anybody calls that a trouble. */
  get isInStep(): boolean {
    return this.#isInStep;
  }

  start(): void {
    void this.#round();
  }

  stop(): void {
    this.#stop.abort();
    this.#timer?.cancel();
    this.#enter('stopped', '');
  }

  async #round(): Promise<void> {
    const { source, clock, replaced, happened } = this.#options;
    const { signal } = this.#stop;
    let watchedSince: number | undefined;
    try {
      const { items, version } = await source.list(signal);
      if (signal.aborted) return;
      replaced(items);
      watchedSince = clock.now();
      this.#enter('watching', '');
      this.#isInStep = true;
      await source.watch(version, happened, signal);
    } catch (cause) {
      this.#isInStep = false;
      if (signal.aborted) return;
      if (watchedSince !== undefined && clock.now() - watchedSince >= steadyMs) this.#tries = 0;
      this.#failed(cause);
    }
  }

  #failed(cause: unknown): void {
    const { clock, counters, name } = this.#options;
    const code: ClusterErrorCode = cause instanceof ClusterError ? cause.code : 'REFUSED';
    const detail = cause instanceof Error ? cause.message : String(cause);
    counters.add('kubernetes_watch_ends', `${name}_${code.toLowerCase()}`);
    const phase = code === 'FORBIDDEN' ? 'forbidden' : code === 'ABSENT' ? 'absent' : 'unreachable';
    // That a watch ends is its nature: only when it can't be begun again is something wrong.
    if (this.#state.phase !== 'watching' || phase !== 'unreachable' || this.#tries > 0) this.#enter(phase, detail);
    const asked = cause instanceof ClusterError ? cause.retryAfterMs : undefined;
    this.#timer = clock.after(this.#rest(phase, asked), () => void this.#round());
    this.#tries += 1;
  }

  #rest(phase: WatchState['phase'], asked: number | undefined): number {
    const chance = this.#options.random.fraction();
    if (phase === 'forbidden' || phase === 'absent') return refusedMs * (0.75 + chance / 2);
    const delay = Math.min(longestMs, shortestMs * 2 ** Math.min(this.#tries, 10));
    const backoff = delay * (0.5 + chance / 2);
    return asked === undefined ? backoff : Math.min(longestThrottleMs, asked) + backoff;
  }

  #enter(phase: WatchState['phase'], detail: string): void {
    const { clock, name } = this.#options;
    if (phase !== this.#state.phase) this.#state = { phase, since: clock.now(), detail };
    else if (detail !== this.#state.detail) this.#state = { ...this.#state, detail };
    this.#say(phase, name, detail);
  }

  /** A trouble is said once, and once that it is over. */
  #say(phase: WatchState['phase'], resource: string, detail: string): void {
    const { log } = this.#options;
    if (phase === 'watching') {
      if (this.#complaint !== undefined) log.info('Kubernetes watch goes on', { resource });
      this.#complaint = undefined;
    } else if (phase in complaints && phase !== this.#complaint) {
      this.#complaint = phase;
      log.warn(complaints[phase as keyof typeof complaints], { resource, error: detail });
    }
  }
}

const complaints = {
  unreachable: 'Kubernetes API is not reached: the bus goes on by DNS and probes',
  forbidden: 'Kubernetes forbids to watch: the bus goes on by DNS and probes',
  absent: 'Kubernetes has no such resource: the bus goes on without it. kubectl apply -f charts/kdmq/crds brings it',
} as const satisfies Partial<Record<WatchState['phase'], string>>;
