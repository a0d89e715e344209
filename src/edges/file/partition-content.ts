import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PartitionAddress } from '../../ports/queue-store.ts';
import { corrupt, errorCode } from './file-error.ts';
import { checkSegment } from './log-reader.ts';
import { withTailFinished } from './next-state.ts';
import { claimFile, type PartitionState, readState } from './partition-state.ts';
import { emptyTail, scanTail, type TailScan } from './tail-scan.ts';

/** What lies in a partition's folder. */
export interface PartitionContent {
  readonly state: PartitionState;
  readonly tail: TailScan;
}

/** Each time the owner, who is still there, has saved meanwhile. */
const MOST_ATTEMPTS = 100;

/**
 * Reads what a partition holds and checks that its files are there. `before` is what was found earlier: the log that was being written is read on
 * from there.
 */
export async function readContent(
  folder: string,
  address: PartitionAddress,
  before?: PartitionContent,
): Promise<PartitionContent> {
  for (let attempt = 1; ; attempt++) {
    const state = await readState(folder);
    const { cluster, queue, partition } = state.address;
    if (cluster !== address.cluster || queue !== address.queue || partition !== address.partition) {
      throw corrupt(join(folder, claimFile), 0, `it belongs to partition ${partition} of ${queue} in ${cluster}`);
    }
    try {
      return { state, tail: await checkFiles(folder, state, before) };
    } catch (error) {
      // A save removes the files that it replaces.
      const saved = JSON.stringify(await readState(folder)) !== JSON.stringify(state);
      if (!saved || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

async function checkFiles(folder: string, state: PartitionState, before?: PartitionContent): Promise<TailScan> {
  for (const segment of [...state.items, ...state.journal]) await checkSegment(folder, segment);
  if (state.tail === null) return emptyTail;
  const path = join(folder, state.tail);
  try {
    return await scanTail(path, before?.state.tail === state.tail ? before.tail : emptyTail);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw corrupt(path, 0, 'the file is missing');
    throw error;
  }
}

/**
 * The content as a state whose log is finished where its last whole frame ends. What is finished must not get shorter when the power
 * fails, so it is brought to the disk.
 */
export async function finishContent(folder: string, { state, tail }: PartitionContent): Promise<PartitionState> {
  if (state.tail !== null && tail.records > 0) {
    const file = await open(join(folder, state.tail), 'r+');
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
  }
  return withTailFinished(state, tail.records, tail.bytes, tail.cursor);
}

/** Whether a folder stands where it stood: not so when somebody has taken its partition over. */
export async function stands(folder: string): Promise<boolean> {
  try {
    await stat(folder);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** As the file system says it when a folder is not where it was. */
export function goneError(folder: string): Error {
  return Object.assign(new Error(`${folder} is gone`), { code: 'ENOENT' });
}
