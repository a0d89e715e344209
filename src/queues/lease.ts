import type { LeaseHolder, NackOptions } from './fetched-item.ts';
import type { Entry } from './kept-partition.ts';
import type { Removal } from './removal.ts';

/** Where leases are ended. */
export interface LeaseDesk {
  ack(lease: Lease): Promise<boolean>;
  nack(lease: Lease, options: NackOptions): Promise<boolean>;
}

/** One delivery of an item: only who holds the lease that has not ended speaks for the item. */
export class Lease implements LeaseHolder {
  readonly until: number;
  #entry: Entry | undefined;
  readonly #desk: LeaseDesk;
  isOver = false;
  /** Its delivery is counted in the item's record. */
  isCounted = false;
  /** Where the item was acknowledged, and nobody has been told yet that this is in the journal. */
  removal: Removal | undefined;

  constructor(entry: Entry, until: number, desk: LeaseDesk) {
    this.#entry = entry;
    this.until = until;
    this.#desk = desk;
  }

  /** Of what is lent. */
  get entry(): Entry {
    if (this.#entry === undefined) throw new Error('a lease has no item any more once that is acknowledged');
    return this.#entry;
  }

  /** The item is out of the queue: who only waits to hear that the journal has it keeps its bytes from nobody. */
  letGo(): void {
    this.#entry = undefined;
  }

  ack(): Promise<boolean> {
    return this.#desk.ack(this);
  }

  nack(options: NackOptions = {}): Promise<boolean> {
    return this.#desk.nack(this, options);
  }
}
