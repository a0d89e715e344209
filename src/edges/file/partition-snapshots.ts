import { StoreError } from '../../core/mqueue/store-error.ts';
import type { PartitionAddress, PartitionSnapshot } from '../../ports/queue-store.ts';
import { findEpoch, partitionFolder } from './epoch-folder.ts';
import { errorCode } from './file-error.ts';
import { withTailFinished } from './next-state.ts';
import { claimOf } from './open-partition.ts';
import { readContent } from './partition-content.ts';
import { readState } from './partition-state.ts';
import { SnapshotReader } from './snapshot-reader.ts';

const MOST_ATTEMPTS = 100;

type Readers = Readonly<Record<'items' | 'journal', SnapshotReader>>;

/** Reads what partitions hold while others own them. Nothing is written, and no file stays open. */
export class PartitionSnapshots {
  readonly #root: string;
  readonly #readers = new WeakMap<PartitionSnapshot, Readers>();

  constructor(root: string) {
    this.#root = root;
  }

  async inspect(address: PartitionAddress): Promise<PartitionSnapshot | undefined> {
    const partition = partitionFolder(this.#root, address);
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const folder = await findEpoch(partition);
      if (folder === undefined) return undefined;
      const before = await stateText(folder.path);
      try {
        const { state, tail } = await readContent(folder.path, address);
        const content = withTailFinished(state, tail.records, tail.bytes, tail.cursor);
        const { owner: _, ...snapshot } = claimOf(content, { owner: '', epoch: folder.epoch });
        this.#readers.set(snapshot, {
          items: new SnapshotReader(folder.path, content.items, 0),
          journal: new SnapshotReader(folder.path, content.journal, content.journalBase),
        });
        return snapshot;
      } catch (error) {
        // Saved or taken over meanwhile: the files that were looked for have gone rightly.
        if (before !== undefined && before === (await stateText(folder.path))) throw error;
      }
    }
    throw new StoreError('STORE_UNAVAILABLE', `${partition}: claimed or saved by others all the time`);
  }

  async peek(
    snapshot: PartitionSnapshot,
    part: 'items' | 'journal',
    from: number,
    limit: number,
  ): Promise<Uint8Array[]> {
    const readers = this.#readers.get(snapshot);
    try {
      if (readers !== undefined) return await readers[part].page(from, limit);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
    const partition = partitionFolder(this.#root, snapshot.address);
    throw new StoreError('STORE_GAP', `${partition}: somebody has saved or claimed it since it was looked at`);
  }
}

/** What the claim file says, as one text; undefined where it is gone. */
async function stateText(folder: string): Promise<string | undefined> {
  try {
    return JSON.stringify(await readState(folder));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
