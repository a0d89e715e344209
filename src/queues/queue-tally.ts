import type { FullReason } from '../core/mqueue/mqueue.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Counters, Log } from '../ports/telemetry.ts';

const summaryMs = 60_000;

/** What happened to the items of one queue since the start. */
export interface QueueCounts {
  readonly added: number;
  readonly replaced: number;
  readonly kept: number;
  readonly fetched: number;
  readonly acked: number;
  readonly nacked: number;
  readonly redelivered: number;
  /** Oldest items that made room, by the limit that was hit. */
  readonly dropped: Readonly<Record<FullReason, number>>;
  readonly expired: number;
  /** Had `max_deliveries`: moved to the dead-letter queue, or dropped when there is none. */
  readonly deadLettered: number;
  /** Adds that were refused. */
  readonly refused: number;
}

type Count = Exclude<keyof QueueCounts, 'dropped' | 'refused'>;

export interface TallyParts {
  readonly queue: string;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly log: Log;
}

/** Counts for one queue and for all together, and says once a minute what was dropped. */
export class QueueTally {
  readonly #parts: TallyParts;
  readonly #counts = {
    added: 0,
    replaced: 0,
    kept: 0,
    fetched: 0,
    acked: 0,
    nacked: 0,
    redelivered: 0,
    expired: 0,
    deadLettered: 0,
    refused: 0,
  };
  readonly #dropped: Record<FullReason, number> = { size: 0, bytes: 0, total_bytes: 0 };
  #unsaid: Partial<Record<FullReason, number>> = {};
  #summary: Timer | undefined;

  constructor(parts: TallyParts) {
    this.#parts = parts;
  }

  count(what: Count): void {
    const { counters } = this.#parts;
    this.#counts[what] += 1;
    switch (what) {
      case 'added':
        counters.add('mqueue_added');
        break;
      case 'fetched':
        counters.add('mqueue_fetched');
        break;
      case 'redelivered':
        counters.add('mqueue_redelivered');
        break;
      case 'expired':
        counters.add('mqueue_expired');
        break;
      case 'deadLettered':
        counters.add('mqueue_dead_lettered');
        break;
      default:
    }
  }

  refused(why: FullReason | 'too_large' | 'store'): void {
    this.#counts.refused += 1;
    const { counters } = this.#parts;
    counters.add('mqueue_refused', why);
  }

  dropped(why: FullReason): void {
    this.#dropped[why] += 1;
    const { counters } = this.#parts;
    counters.add('mqueue_dropped', why);
    this.#unsaid[why] = (this.#unsaid[why] ?? 0) + 1;
    this.#summary ??= this.#parts.clock.after(summaryMs, () => this.sayDropped());
  }

  /** Logs what was dropped and not said yet. */
  sayDropped(): void {
    this.#summary?.cancel();
    this.#summary = undefined;
    if (Object.keys(this.#unsaid).length === 0) return;
    this.#parts.log.warn('mqueue: items were dropped', { queue: this.#parts.queue, dropped: this.#unsaid });
    this.#unsaid = {};
  }

  counts(): QueueCounts {
    return { ...this.#counts, dropped: { ...this.#dropped } };
  }
}
