/** Where exported items go. What is written since the last `mark` can be taken back, for a queue that is saved while it is read. */
export interface ItemSink {
  /** From here on. */
  mark(): Promise<void>;
  write(records: readonly Uint8Array[], partition: string): Promise<void>;
  /** Back to the mark; false when that is not possible any more. */
  rewind(): Promise<boolean>;
  /** All is there. */
  finish(): Promise<void>;
  /** Leaves nothing of it behind, as far as that is possible. */
  abandon(): Promise<void>;
}
