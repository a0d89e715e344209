import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Log } from '../ports/telemetry.ts';
import { Backoff, pause } from './backoff.ts';
import type { FetchedItem } from './fetched-item.ts';
import { QueueError } from './queue-error.ts';
import type { WaitOptions } from './waiting-line.ts';

export type ItemHandler = (item: FetchedItem) => unknown;

export interface ConsumeOptions {
  /** Handlers that run at the same time; 1 when left out, which keeps the order. */
  readonly concurrency?: number;
}

/** What `Queue.consume` gives. */
export interface Consumer {
  /** Takes no more items; resolves when the handlers that run have ended. Idempotent. */
  stop(): Promise<void>;
}

export interface ConsumerParts {
  readonly queue: string;
  readonly waitFetch: (options: WaitOptions) => Promise<FetchedItem | undefined>;
  readonly handler: ItemHandler;
  readonly concurrency: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Fetches items for a handler, some at a time. After a failure a worker pauses before its next item, the longer the more fail in a row. */
export class QueueConsumer implements Consumer {
  readonly #parts: ConsumerParts;
  readonly #ending = new AbortController();
  readonly #workers: Promise<unknown>;

  constructor(parts: ConsumerParts) {
    this.#parts = parts;
    this.#workers = Promise.all(Array.from({ length: parts.concurrency }, () => this.#work()));
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#workers;
  }

  async #work(): Promise<void> {
    const { clock, random } = this.#parts;
    const { signal } = this.#ending;
    const backoff = new Backoff(random, 100, 5_000);
    while (!signal.aborted) {
      const outcome = await this.#handleNext();
      if (outcome === 'over') return;
      if (outcome === 'done') backoff.reset();
      else await pause(clock, backoff.next(), signal);
    }
  }

  async #handleNext(): Promise<'done' | 'failed' | 'over'> {
    const { queue, waitFetch, handler, log } = this.#parts;
    let item: FetchedItem | undefined;
    try {
      item = await waitFetch({ signal: this.#ending.signal });
    } catch (error) {
      // What fails with the store is logged there. The queue itself may be over.
      const over = error instanceof QueueError && (error.code === 'QUEUE_STOPPED' || error.code === 'QUEUE_FENCED');
      return over ? 'over' : 'failed';
    }
    // The queue stops, or this consumer does.
    if (item === undefined) return 'over';
    try {
      await handler(item);
    } catch (cause) {
      const error = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
      log.error('mqueue: a consumer failed', { queue, item: item.id, deliveries: item.deliveries, error });
      await item.nack().catch(() => false);
      return 'failed';
    }
    return (await item.ack().then(
      () => true,
      () => false,
    ))
      ? 'done'
      : 'failed';
  }
}
