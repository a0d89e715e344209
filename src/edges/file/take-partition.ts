import { StoreError } from '../../core/mqueue/store-error.ts';
import type { PartitionAddress, PartitionClaim } from '../../ports/queue-store.ts';
import { type EpochFolder, findEpoch, firstEpoch, makePartition, partitionFolder, takeOver } from './epoch-folder.ts';
import { emptyState } from './next-state.ts';
import { claimOf, OpenPartition } from './open-partition.ts';
import { finishContent, type PartitionContent, readContent, stands } from './partition-content.ts';
import type { FileStoreContext } from './partition-files.ts';
import type { PartitionState } from './partition-state.ts';

/** Each time somebody else was faster. */
const MOST_ATTEMPTS = 100;

export interface TakenPartition {
  readonly claim: PartitionClaim;
  /** Undefined when the next one has claimed it already. */
  readonly open: OpenPartition | undefined;
}

/** Claims a partition, and makes it where there is none. What is damaged or too new is found before anything is touched. */
export async function takePartition(
  root: string,
  address: PartitionAddress,
  owner: string,
  context: FileStoreContext,
): Promise<TakenPartition> {
  const partition = partitionFolder(root, address);
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const found = await findEpoch(partition);
    if (found === undefined) {
      const state = emptyState(address, await firstEpoch(partition));
      const made = await makePartition(partition, state, context.clock.wallTime());
      if (made !== undefined) return own(made, state, owner, context);
      continue;
    }
    const before = await standing(found.path, readContent(found.path, address));
    const taken = before && (await takeOver(found));
    if (before !== undefined && taken !== undefined) return takeContent(taken, before, owner, context);
  }
  throw new StoreError('STORE_UNAVAILABLE', `${partition}: claimed by others all the time`);
}

/** The owner before may have written until the folder was taken over, so the rest is read now. */
async function takeContent(
  folder: EpochFolder,
  before: PartitionContent,
  owner: string,
  context: FileStoreContext,
): Promise<TakenPartition> {
  const { address } = before.state;
  const content = (await standing(folder.path, readContent(folder.path, address, before))) ?? before;
  const { torn, bytes } = content.tail;
  if (torn > 0) {
    const fields = { folder: folder.path, file: content.state.tail, offset: bytes, bytes: torn };
    context.log.warn('the end of a journal was cut off: a write that was never finished', fields);
  }
  const finished = (await standing(folder.path, finishContent(folder.path, content))) ?? content.state;
  return own(folder, finished, owner, context);
}

async function own(
  folder: EpochFolder,
  state: PartitionState,
  owner: string,
  context: FileStoreContext,
): Promise<TakenPartition> {
  const open = new OpenPartition(folder, state, owner, context);
  let taken: true | undefined;
  try {
    taken = await standing(
      folder.path,
      open.take().then(() => true as const),
    );
  } finally {
    if (!taken) await open.close();
  }
  return { claim: claimOf(state, { owner, epoch: folder.epoch }), open: taken && open };
}

/** The result, or undefined where the work failed because the folder has been taken over meanwhile. */
async function standing<T>(folder: string, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (await stands(folder)) throw error;
    return undefined;
  }
}
