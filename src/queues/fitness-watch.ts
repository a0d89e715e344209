import type { Clock, Timer } from '../ports/clock.ts';
import type { QueueStore } from '../ports/queue-store.ts';
import type { Counters, Log } from '../ports/telemetry.ts';
import { asStoreError } from './load-partition.ts';
import { OutageLog } from './outage-log.ts';

const lookMs = 60_000;

export interface FitnessWatchParts {
  readonly store: QueueStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
}

/**
 * Looks once a minute whether a store that was fit for queues still is: after a failover another server may stand there, and settings can be
 * changed while it runs. One that is not is said and counted, and served from all the same: to stop would cost more than it may lose.
 */
export class FitnessWatch {
  readonly #parts: FitnessWatchParts;
  readonly #outage: OutageLog;
  readonly #ending = new AbortController();
  #timer: Timer | undefined;

  constructor(parts: FitnessWatchParts) {
    this.#parts = parts;
    this.#outage = new OutageLog(parts.log, parts.clock);
  }

  start(): void {
    if (this.#ending.signal.aborted) return;
    this.#timer = this.#parts.clock.after(lookMs, () => void this.#look().finally(() => this.start()));
  }

  stop(): void {
    this.#ending.abort();
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    const { store, counters } = this.#parts;
    try {
      await store.open(this.#ending.signal);
      this.#outage.over('mqueue: the store is fit again', { store: store.name });
    } catch (cause) {
      const { code, message } = asStoreError(cause);
      // Whoever calls it for an item or a sign of life says that it is away.
      if (code === 'STORE_UNAVAILABLE' || this.#ending.signal.aborted) return;
      counters.add('mqueue_store_errors', code);
      const fields = { store: store.name, error: message };
      this.#outage.failed('error', 'mqueue: the store is not fit any more: queues in it may be lost', fields);
    }
  }
}
