import type { FetchedItem } from './fetched-item.ts';

/** Whoever gets the next item. Exactly one of `give`, `fail` and `again` is called for each item that was taken for it. */
export interface Taker {
  /** False once it has gone: what was taken for it goes to the next. */
  readonly open: boolean;
  give(item: FetchedItem): void;
  fail(error: Error): void;
  /** What was taken for it is not to be given after all; it may take another. */
  again(): void;
}
