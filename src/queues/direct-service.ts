import { formatItemId, itemId } from '../core/mqueue/item-record.ts';
import { FetchedItem, type NackOptions } from './fetched-item.ts';
import type { Lease } from './lease.ts';
import type { AddAnswer, QueueService, ServiceHost } from './queue-service.ts';
import type { Shelf } from './shelf.ts';
import type { Taker } from './taker.ts';

/** Durability `none` and `stop`: everything is done in memory, at once; a store is told behind the user's back what was consumed. */
export class DirectService implements QueueService {
  readonly #shelf: Shelf;
  readonly #host: ServiceHost;

  constructor(shelf: Shelf, host: ServiceHost) {
    this.#shelf = shelf;
    this.#host = host;
  }

  add(key: Uint8Array, value: Uint8Array, delayMs: number): Promise<AddAnswer> {
    const shelf = this.#shelf;
    const now = shelf.now();
    const parts = shelf.newItem(key, value, delayMs > 0 ? now + delayMs : 0, now);
    const outcome = shelf.addNew(parts, now);
    if (outcome.kind === 'replaced') shelf.leave(outcome.old);
    this.#host.timed();
    this.#host.fetchable();
    const id = formatItemId(outcome.kind === 'kept' ? itemId(outcome.existing.record) : parts);
    return Promise.resolve({ id, outcome: outcome.kind });
  }

  /** At once: there is nothing to be aborted. */
  fetch(): Promise<FetchedItem | undefined> {
    return Promise.resolve(this.takeNow());
  }

  take(taker: Taker): boolean {
    const item = this.takeNow();
    if (item !== undefined) taker.give(item);
    return item !== undefined;
  }

  async ack(lease: Lease): Promise<boolean> {
    const shelf = this.#shelf;
    if (!shelf.closeLease(lease) || !shelf.take(lease.entry)) return false;
    shelf.tally.count('acked');
    shelf.leave(lease.entry);
    return true;
  }

  async nack(lease: Lease, { delayMs, counts = true }: NackOptions): Promise<boolean> {
    if (!this.#shelf.closeLease(lease)) return false;
    this.#shelf.tally.count('nacked');
    if (!counts) this.#shelf.uncountDelivery(lease.entry);
    this.#shelf.giveBack(lease.entry, delayMs);
    this.#host.timed();
    this.#host.fetchable();
    return true;
  }

  async clear(): Promise<number> {
    const entries = this.#shelf.clear();
    for (const entry of entries) this.#shelf.leave(entry);
    return entries.length;
  }

  takeNow(): FetchedItem | undefined {
    const shelf = this.#shelf;
    const now = shelf.now();
    const { leaseMs } = shelf.definition;
    const entry = leaseMs === 0 ? shelf.fetch(now) : shelf.lease(now, now + leaseMs);
    if (entry === undefined) return undefined;
    let lease: Lease | undefined;
    if (leaseMs === 0) shelf.leave(entry);
    else {
      lease = shelf.openLease(entry, now + leaseMs, this);
      shelf.countDelivery(entry);
      this.#host.timed();
    }
    shelf.tally.count('fetched');
    const item = new FetchedItem(entry.record, shelf.partitionOf(entry), lease);
    this.#host.given(item);
    return item;
  }
}
