import type { Timed } from './deadline-heap.ts';
import { ownBytes } from './own-bytes.ts';
import type { QueueEntry } from './queue-entry.ts';

/** An item that waits for a time: for that from which on it may be fetched, or for the end of its lease. */
export class HeldItem<Mark> implements QueueEntry<Mark>, Timed {
  readonly record: Uint8Array;
  readonly mark: Mark | undefined;
  readonly position: number;
  /** Of a leased one where it goes back to in the line; of a delayed one below 0, and the lower the later it came. */
  readonly place: number;
  heapIndex = -1;

  /** The record becomes one of the item alone: it stays for long, and deliveries are written into it. */
  constructor({ record, mark, position }: QueueEntry<Mark>, place: number) {
    this.record = ownBytes(record);
    this.mark = mark;
    this.position = position;
    this.place = place;
  }

  get rank(): number {
    return Math.abs(this.place);
  }
}
