import type { FetchedItem } from './fetched-item.ts';
import type { LeaseDesk } from './lease.ts';
import type { Taker } from './taker.ts';

export interface AddAnswer {
  /** Of the item that is in the queue now. */
  readonly id: string;
  readonly outcome: 'added' | 'replaced' | 'kept';
}

/** Is told why it is not known whether an item was added. */
export type Doubt = (error: Error) => void;

/** What a service tells the queue that it serves. */
export interface ServiceHost {
  /** Something may be fetchable that was not. */
  fetchable(): void;
  /** Something may be due earlier. */
  timed(): void;
  given(item: FetchedItem): void;
}

/** What a queue does for its users, at once (`DirectService`) or when the journal has it (`JournaledService`). */
export interface QueueService extends LeaseDesk {
  /**
   * Throws or rejects with a QueueError. With `doubt` it does not reject where the store leaves open whether the item was added: that is told `doubt`,
   * and this resolves once the item is there.
   */
  add(key: Uint8Array, value: Uint8Array, delayMs: number, doubt?: Doubt): Promise<AddAnswer>;
  /** Undefined at the abort; what was taken goes to the next then. */
  fetch(signal: AbortSignal | undefined): Promise<FetchedItem | undefined>;
  /** The next item where it can be given at once; undefined says nothing about what `take` finds. */
  takeNow(): FetchedItem | undefined;
  /** Takes the next item for somebody, who gets it now or later. False when there is none. */
  take(taker: Taker): boolean;
  /** Resolves with the number of items that have left the queue. */
  clear(): Promise<number>;
}
