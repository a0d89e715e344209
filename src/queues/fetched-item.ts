import { formatItemId, itemAddedAt, itemDeliveries, itemId, itemKey, itemValue } from '../core/mqueue/item-record.ts';
import { excerptOf } from './item-excerpt.ts';

const decoder = new TextDecoder();
/** Node asks an object under this name how it is to be shown by `console.log`. */
const inspectName = Symbol.for('nodejs.util.inspect.custom');

type Inspect = (value: unknown, options: object) => string;

/** An item as it is shown. Key and value are views of the queue's own bytes: read them, don't write them. */
export class QueueItem {
  readonly #record: Uint8Array;
  readonly #partition: string;

  constructor(record: Uint8Array, partition: string) {
    this.#record = record;
    this.#partition = partition;
  }

  /**
   * `<epoch>-<sequence>`; stays the same over redeliveries and restarts, so that a consumer can tell what it has seen. Unique in its
   * partition only.
   */
  get id(): string {
    return formatItemId(itemId(this.#record));
  }

  /** Where it belongs: to this node's partition, or to one that this node has adopted. */
  get partition(): string {
    return this.#partition;
  }

  get key(): Uint8Array {
    return itemKey(this.#record);
  }

  get value(): Uint8Array {
    return itemValue(this.#record);
  }

  /** Milliseconds of the wall clock. */
  get addedAt(): number {
    return itemAddedAt(this.#record);
  }

  /** How often it has been given out under a lease; of an item that was fetched with one, this time included. */
  get deliveries(): number {
    return itemDeliveries(this.#record);
  }

  /** The key as UTF-8. */
  keyText(): string {
    return decoder.decode(this.key);
  }

  /** The value as UTF-8. */
  valueText(): string {
    return decoder.decode(this.value);
  }

  /** For `console.log`: long keys and values are cut off. */
  [inspectName](_depth: number, options: object, inspect: Inspect): string {
    const { id, partition, deliveries } = this;
    const [key, value, addedAt] = [excerptOf(this.key), excerptOf(this.value), new Date(this.addedAt)];
    return `${this.constructor.name} ${inspect({ id, partition, key, value, addedAt, deliveries }, options)}`;
  }
}

export interface NackOptions {
  /** Milliseconds until the item can be fetched again; at once when left out. */
  readonly delayMs?: number;
  /** False: nobody has had it, and this delivery does not count for `max_deliveries`. */
  readonly counts?: boolean;
}

/** What stands behind an item that was fetched with a lease, and speaks for it. */
export interface LeaseHolder {
  /** When it ends by itself, milliseconds of the wall clock. */
  readonly until: number;
  ack(): Promise<boolean>;
  nack(options?: NackOptions): Promise<boolean>;
}

/** A fetched item: a value that stays what it is, however many are fetched at the same time. */
export class FetchedItem extends QueueItem {
  readonly #lease: LeaseHolder | undefined;
  readonly #deliveries: number;

  constructor(record: Uint8Array, partition: string, lease: LeaseHolder | undefined) {
    super(record, partition);
    this.#lease = lease;
    // The record counts on when the lease is over and somebody else gets it.
    this.#deliveries = itemDeliveries(record);
  }

  override get deliveries(): number {
    return this.#deliveries;
  }

  /** What it is acknowledged and given back by, for who wants to keep that and not the item; undefined without a lease. */
  get lease(): LeaseHolder | undefined {
    return this.#lease;
  }

  /** When its lease ends by itself, milliseconds of the wall clock; undefined without a lease. */
  get leasedUntil(): number | undefined {
    return this.#lease?.until;
  }

  /**
   * Done with it: it is never given out again. False when the lease was over: somebody else may have it. True without a lease, when the
   * fetch has removed it. Rejects with a QueueError when the store does not answer: it may come again after a restart. To be called again then: true
   * once the store has it after all.
   */
  ack(): Promise<boolean> {
    return this.#lease?.ack() ?? Promise.resolve(true);
  }

  /** Gives it back to the front of the queue, or after a delay. False when the lease was over, and without a lease. */
  nack(options: NackOptions = {}): Promise<boolean> {
    return this.#lease?.nack(options) ?? Promise.resolve(false);
  }
}
