import type { MqueueDefinition } from '../core/mqueue/mqueue-definition.ts';
import type { ConsumeOptions, Consumer, ItemHandler } from './consumer.ts';
import type { FetchedItem, QueueItem } from './fetched-item.ts';
import type { AddAnswer } from './queue-service.ts';
import type { QueueCounts } from './queue-tally.ts';
import type { WaitOptions } from './waiting-line.ts';

export interface AddOptions {
  /** Milliseconds until the item can be fetched; the queue's `delay` when left out. */
  readonly delayMs?: number;
}

export interface PeekOptions {
  /** `next` of the page before. */
  readonly after?: number | undefined;
  /** Items at most, 100 when left out. */
  readonly limit?: number;
}

/** Items that could be fetched, oldest first. */
export interface PeekPage {
  readonly items: readonly QueueItem[];
  /** Leads to the next page; undefined when this is the last one. */
  readonly next: number | undefined;
}

/** How a queue stands, and what happened in it since the start. */
export interface QueueStats extends QueueCounts {
  /** Items that can be fetched. */
  readonly size: number;
  readonly delayed: number;
  /** Given out and not acknowledged, or a dead letter for which the dead-letter queue has no room. */
  readonly leased: number;
  readonly bytes: number;
  /** Milliseconds since the oldest item that can be fetched was added; undefined when there is none. */
  readonly oldestMs: number | undefined;
  readonly waiting: number;
}

/**
 * A named queue of (key, value) pairs, oldest first. Keys and values are bytes; a string is taken as UTF-8. What fails rejects with a
 * QueueError.
 */
export interface Queue {
  readonly name: string;
  /** How it is configured, every default filled in. */
  readonly definition: MqueueDefinition;

  /**
   * Adds an item; resolves when it is as safe as the queue's durability says. Rejects with QUEUE_FULL or ITEM_TOO_LARGE when nothing was
   * added, and with STORE_UNAVAILABLE (durability `always`) when it may or may not have been; with a TypeError or RangeError for what is no
   * argument of it.
   */
  add(key: string | Uint8Array, value: string | Uint8Array, options?: AddOptions): Promise<AddAnswer>;

  /**
   * The oldest item, or undefined. It has left the queue, or with `lease_ms` is lent until it is acknowledged or its lease ends. With durability
   * `always` that takes until the store has answered; undefined at the abort before, and the item is there for the next.
   */
  fetch(options?: Pick<WaitOptions, 'signal'>): Promise<FetchedItem | undefined>;

  /** As `fetch`, and waits for an item; first come, first served. Undefined at the timeout, at the abort, or when the node stops. */
  waitFetch(options?: WaitOptions): Promise<FetchedItem | undefined>;

  /**
   * Calls the handler with each item, `concurrency` at a time. With a lease the item is acknowledged when the handler returns or
   * resolves, and given back when it throws.
   */
  consume(handler: ItemHandler, options?: ConsumeOptions): Consumer;

  /** How many items can be fetched. */
  size(): number;

  /** Shows items without taking them. A page goes on where the last one ended, whatever was added or fetched meanwhile. */
  peek(options?: PeekOptions): PeekPage;

  /**
   * Every item as a line of JSON, as `kdmq queue export` writes it, the delayed and the lent ones too; as they are when this is called.
   * Without line breaks.
   */
  lines(): Iterable<string>;

  /** Removes all items, lent ones too. Resolves with their number. */
  clear(): Promise<number>;

  /** What was fetched last; Kamailio's `$mqk` and `$mqv`. */
  readonly current: FetchedItem | undefined;

  /** Forgets `current`; Kamailio's mq_pv_free. */
  free(): void;

  stats(): QueueStats;

  /** Resolves when the store knows what has left the queue so far. */
  settled(): Promise<void>;
}
