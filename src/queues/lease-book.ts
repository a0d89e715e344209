import { itemDeliveries, setItemDeliveries } from '../core/mqueue/item-record.ts';
import type { Entry } from './kept-partition.ts';
import { Lease, type LeaseDesk } from './lease.ts';

/** Which lease speaks for which item: the last one that was opened for it, until it is ended. */
export class LeaseBook {
  readonly #leases = new Map<Entry, Lease>();

  /** `until`: milliseconds of the wall clock. */
  open(entry: Entry, until: number, desk: LeaseDesk): Lease {
    const lease = new Lease(entry, until, desk);
    this.#leases.set(entry, lease);
    return lease;
  }

  /** Somebody gets the item: that is a delivery. Returns how many there have been. */
  countDelivery(entry: Entry): number {
    const deliveries = itemDeliveries(entry.record) + 1;
    setItemDeliveries(entry.record, deliveries);
    const lease = this.#leases.get(entry);
    if (lease !== undefined) lease.isCounted = true;
    return deliveries;
  }

  /** Returns the lease that was open. */
  end(entry: Entry): Lease | undefined {
    const lease = this.#leases.get(entry);
    if (lease !== undefined) lease.isOver = true;
    this.#leases.delete(entry);
    return lease;
  }

  endAll(): void {
    for (const lease of this.#leases.values()) lease.isOver = true;
    this.#leases.clear();
  }

  /** The record as it is to be saved. Deliveries are counted in it, those whose word is on its way into the journal only later. */
  recordOf(entry: Entry): Uint8Array {
    const lease = this.#leases.get(entry);
    if (lease === undefined) return entry.record;
    const record = entry.record.slice();
    if (!lease.isCounted) setItemDeliveries(record, itemDeliveries(record) + 1);
    return record;
  }
}
