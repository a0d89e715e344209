import { noPosition } from '../core/mqueue/queue-entry.ts';
import { StoreError } from '../core/mqueue/store-error.ts';
import { JournalReplay } from './journal-replay.ts';
import type { PartitionKeeper } from './partition-keeper.ts';
import { newSaveId } from './spill.ts';

/** An item that was read, with its position in the generation; `noPosition` for an item of the journal. */
export interface LoadedItem {
  readonly record: Uint8Array;
  readonly position: number;
}

/**
 * What a partition holds, oldest first, page by page. Positions of the generation that the journal has removed are left out. Without a
 * journal of its own the queue needs everything in a generation, where a cursor can say what is consumed: what a journal holds, from when
 * the durability was another, is folded into a new generation first.
 */
export async function* loadPartition(
  keeper: PartitionKeeper,
  keepsJournal: boolean,
  signal: AbortSignal,
): AsyncGenerator<LoadedItem[]> {
  let replay = await keeper.readJournal(signal);
  if (!keepsJournal && keeper.claim.journalEnd > keeper.claim.journalStart) {
    const { journalEnd } = keeper.claim;
    await keeper.saveAll(
      { saveId: newSaveId(keeper), mode: 'replace', journalEnd },
      contentOf(keeper, replay, signal),
      signal,
    );
    replay = new JournalReplay();
  }
  for await (const { from, records } of keeper.pages(signal)) {
    const items: LoadedItem[] = [];
    for (const [index, record] of records.entries()) {
      if (replay.keeps(record)) items.push({ record, position: from + index });
    }
    yield items;
  }
  yield [...replay.items()].map((record) => ({ record, position: noPosition }));
}

/** Puts what a journal holds into the generation, for a queue that is never read here. */
export async function foldJournal(keeper: PartitionKeeper, signal: AbortSignal): Promise<void> {
  if (keeper.claim.journalEnd === keeper.claim.journalStart) return;
  for await (const _ of loadPartition(keeper, false, signal)) break;
}

async function* contentOf(
  keeper: PartitionKeeper,
  replay: JournalReplay,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array[]> {
  for await (const { records } of keeper.pages(signal)) yield records.filter((record) => replay.keeps(record));
  yield [...replay.items()];
}

/** The error for people, whatever it is. */
export function asStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  return new StoreError('STORE_UNAVAILABLE', error instanceof Error ? error.message : String(error), { cause: error });
}
