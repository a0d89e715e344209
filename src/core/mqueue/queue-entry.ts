/** An item in the queue. The mark says where a restored one came from; it means nothing here, and new items have none. */
export interface QueueEntry<Mark> {
  readonly record: Uint8Array;
  readonly mark: Mark | undefined;
}
