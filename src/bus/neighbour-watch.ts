import { hash32 } from '../core/hash.ts';
import type { NodeRecord } from '../core/node-record.ts';
import { followers } from '../core/ring.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { HeldConnection, SipTransport } from '../ports/sip-transport.ts';
import type { Directory } from './directory.ts';
import { watchedFollowers } from './prober.ts';

export interface NeighbourWatchOptions {
  readonly directory: Directory;
  readonly transport: SipTransport;
  readonly clock: Clock;
  /** A neighbour's connection ended; `refused`: its host says that nothing listens there any more. */
  readonly suspect: (key: string, refused: boolean) => void;
}

const settleMs = 50;
/** Attempts after a loss, and the time between them: a dying process may close its listener after its connections. */
const attempts = 3;
const attemptAfterMs = 50;
/** A connection that has lived so long was no attempt any more: its end is a loss of its own. */
const steadyMs = 1_000;
const retryMs = 5_000;

/**
 * Holds an open TCP connection to the next nodes on the ring. The kernel closes a killed process's connections, so its neighbours
 * know at once, long before a probe would.
 */
export class NeighbourWatch {
  readonly #options: NeighbourWatchOptions;
  readonly #place: number;
  readonly #held = new Map<string, HeldConnection>();
  readonly #notBefore = new Map<string, number>();
  #timer: Timer | undefined;
  #stopped = false;

  constructor(options: NeighbourWatchOptions) {
    this.#options = options;
    this.#place = hash32(options.directory.local.key);
    options.directory.onChange(({ transition }) => {
      if (transition !== undefined) this.#settleSoon(settleMs);
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    for (const held of this.#held.values()) held.close();
    this.#held.clear();
  }

  #settleSoon(delayMs: number): void {
    if (this.#stopped) return;
    this.#timer ??= this.#options.clock.after(delayMs, () => this.#settle());
  }

  /** Holds connections to those who are neighbours now, and to nobody else. */
  #settle(): void {
    this.#timer = undefined;
    const fellows = this.#options.directory.active().filter((record) => record.streams.includes('tcp'));
    const wanted = new Map(followers(fellows, this.#place, watchedFollowers).map((record) => [record.key, record]));
    for (const [key, held] of this.#held) {
      if (wanted.has(key)) continue;
      held.close();
      this.#held.delete(key);
    }
    const now = this.#options.clock.now();
    for (const [key, time] of this.#notBefore) if (time <= now || !wanted.has(key)) this.#notBefore.delete(key);
    for (const record of wanted.values()) {
      if (!this.#held.has(record.key) && !this.#notBefore.has(record.key)) this.#hold(record, 0);
    }
    if (this.#notBefore.size > 0) this.#settleSoon(retryMs);
  }

  #hold(record: NodeRecord, attempt: number): void {
    const { clock, transport } = this.#options;
    const target = { ...record.uri, transport: 'tcp' as const };
    const since = clock.now();
    const lost = (why: 'refused' | 'closed' | 'timeout'): void =>
      this.#lost(record, why, clock.now() - since >= steadyMs ? 0 : attempt);
    this.#held.set(record.key, transport.hold(target, lost));
  }

  /** Ended: new attempts at once. Refused then, the process is gone; accepted, it was the connection only. */
  #lost(record: NodeRecord, why: 'refused' | 'closed' | 'timeout', attempt: number): void {
    const { key } = record;
    this.#held.delete(key);
    if (this.#stopped) return;
    if (why === 'closed' && attempt === 0) {
      this.#hold(record, 1);
      return;
    }
    if (why === 'closed' && attempt < attempts) {
      this.#options.clock.after(attemptAfterMs, () => {
        if (!this.#stopped && !this.#held.has(key)) this.#hold(record, attempt + 1);
      });
      return;
    }
    // A connection that never was proves nothing: the node may not offer TCP to us.
    if (attempt > 0) this.#options.suspect(key, why === 'refused');
    this.#notBefore.set(key, this.#options.clock.now() + retryMs);
    this.#settleSoon(retryMs);
  }
}
