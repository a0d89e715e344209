/** The position of what has none. */
export const noPosition = -1;

/**
 * An item in the queue. Mark and position say where a restored one came from, the mark for many together; they mean nothing here. What is
 * added has no mark, and what has no mark has no position.
 */
export interface QueueEntry<Mark> {
  readonly record: Uint8Array;
  readonly mark: Mark | undefined;
  readonly position: number;
}
