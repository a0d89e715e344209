import { StoreError } from '../core/mqueue/store-error.ts';
import type { PartitionSnapshot, QueueStore } from '../ports/queue-store.ts';
import { JournalReplay } from './journal-replay.ts';

const PAGE_RECORDS = 5_000;

/**
 * What a start would read of a partition, oldest first and page by page: the journal is applied. Nobody is fenced. Rejects with STORE_GAP when the
 * partition was saved or claimed in the middle; who wants all of it then inspects it again and starts anew.
 */
export async function* storedItems(store: QueueStore, snapshot: PartitionSnapshot): AsyncGenerator<Uint8Array[]> {
  const replay = new JournalReplay();
  const { cursor, count, journalStart, journalEnd } = snapshot;
  for await (const page of pages(store, snapshot, 'journal', journalStart, journalEnd)) {
    for (const record of page) replay.take(record);
  }
  for await (const page of pages(store, snapshot, 'items', cursor, count)) {
    yield page.filter((record) => replay.keeps(record));
  }
  yield [...replay.items()];
}

async function* pages(
  store: QueueStore,
  snapshot: PartitionSnapshot,
  part: 'items' | 'journal',
  start: number,
  end: number,
): AsyncGenerator<Uint8Array[]> {
  for (let from = start; from < end; ) {
    const page = await store.peek(snapshot, part, from, Math.min(PAGE_RECORDS, end - from));
    if (page.length === 0) {
      const { cluster, queue, partition } = snapshot.address;
      const where = `${store.name}: ${part} of ${cluster}/${queue}/${partition}`;
      throw new StoreError('STORE_CORRUPT', `${where}: nothing at position ${from} of ${end}`);
    }
    yield page;
    from += page.length;
  }
}
