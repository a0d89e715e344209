import type { QueueEntry } from '../core/mqueue/mqueue.ts';
import type { CursorWriter } from './cursor-writer.ts';
import type { JournalWriter } from './journal-writer.ts';
import type { PartitionKeeper } from './partition-keeper.ts';

/** A claimed partition whose items a queue serves, and how the store hears of what happens to them. */
export interface KeptPartition {
  readonly keeper: PartitionKeeper;
  /** Durability `stop`: how far what was read is consumed. */
  readonly cursor: CursorWriter | undefined;
  /** Durability `always`: everything that happens. */
  readonly journal: JournalWriter | undefined;
  /** Called when the last item that was read from it has left the queue. */
  readonly emptied: () => void;
  /** Items whose removal is in the journal, and yet nobody has them: they lie in front again, and are on their way back into the journal. */
  readonly unstored: Set<Uint8Array>;
  /** Items that were read from it and are in the queue. */
  held: number;
}

/**
 * An item; its mark is the partition that it was read from, its position the one in the generation. Items of the journal have no
 * position. Items that were added here have no mark: they belong to the own partition.
 */
export type Entry = QueueEntry<KeptPartition>;
