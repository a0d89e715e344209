import { readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { PartitionAddress } from '../../ports/queue-store.ts';
import { escapeName } from './escape-name.ts';
import { errorCode } from './file-error.ts';
import { makeFolder } from './make-folder.ts';
import { type PartitionState, syncFolder, writeState } from './partition-state.ts';
import { token } from './token.ts';

/*
 * <folder>/<cluster>/<queue>/<partition>/<epoch>.<token>/ holds a partition. Taking it over renames the last of these folders, in one step: the next
 * epoch, and a token that nobody had before. From then on everything that the owner before does by the path that it knows
 * fails. Node has no lock of files, and in containers every process has the same id.
 */
export interface EpochFolder {
  readonly path: string;
  readonly epoch: number;
}

const EPOCH = /^(\d+)\.[0-9a-f]+$/;
/** A partition that is being made, and what is left of one that is being removed. */
const NEW = '.new-';
const GONE = 'gone.';
const LONGEST_MAKING_MS = 600_000;
/** Beside the folder of a partition that was removed: its last epoch, so that no item of a new one is named as one before was. */
const LAST_EPOCH = '.last-epoch-';
const REMEMBERED_MS = 30 * 86_400_000;

export function partitionFolder(root: string, { cluster, queue, partition }: PartitionAddress): string {
  return join(root, escapeName(cluster), escapeName(queue), escapeName(partition));
}

/** The folder of the last claim; undefined where there is no partition. */
export async function findEpoch(partition: string): Promise<EpochFolder | undefined> {
  const names = await folderNames(partition);
  const epochs = names.flatMap((name) => {
    const epoch = EPOCH.exec(name)?.[1];
    return epoch === undefined ? [] : [{ path: join(partition, name), epoch: Number(epoch) }];
  });
  return epochs.sort((one, two) => two.epoch - one.epoch)[0];
}

/** The names in a folder; none where there is no folder. */
export async function folderNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return [];
    throw error;
  }
}

/** Makes an empty partition with its first epoch. Undefined where somebody else was faster. */
export async function makePartition(
  partition: string,
  state: PartitionState,
  now: number,
): Promise<EpochFolder | undefined> {
  const queue = dirname(partition);
  await clearOld(queue, now);
  const made = join(queue, `${NEW}${token()}`);
  const name = `${state.epoch}.${token()}`;
  try {
    await makeFolder(join(made, name));
    await writeState(join(made, name), state, now, () => {});
    await syncFolder(made);
    await rename(made, partition);
  } catch (error) {
    await rm(made, { recursive: true, force: true }).catch(() => {});
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error))) throw error;
    await clearRemains(partition);
    return undefined;
  }
  for (const folder of [queue, dirname(queue), dirname(dirname(queue))]) await syncFolder(folder);
  return { path: join(partition, name), epoch: state.epoch };
}

/** Takes the partition away from who has this folder. Undefined where somebody else was faster. */
export async function takeOver(folder: EpochFolder): Promise<EpochFolder | undefined> {
  const epoch = folder.epoch + 1;
  const path = join(dirname(folder.path), `${epoch}.${token()}`);
  if (!(await moved(folder.path, path))) return undefined;
  await syncFolder(dirname(path));
  return { path, epoch };
}

/** The epoch with which a partition that is made now begins: above those that it had before it was removed. */
export async function firstEpoch(partition: string): Promise<number> {
  const text = await readFile(lastEpochFile(partition), 'utf8').catch(() => '');
  return /^\d+$/.test(text) ? Number(text) + 1 : 1;
}

/** Removes the partition of this folder with all that is in it. False when somebody else has taken it over. */
export async function removePartition({ path: folder, epoch }: EpochFolder): Promise<boolean> {
  const partition = dirname(folder);
  await writeFile(lastEpochFile(partition), String(epoch));
  // Nobody can take over what has no epoch any more.
  if (!(await moved(folder, join(partition, `${GONE}${token()}`)))) return false;
  await clearRemains(partition);
  return true;
}

/** Removes what a removal has left that did not get to its end; nothing where the partition lives. */
async function clearRemains(partition: string): Promise<void> {
  const names = await folderNames(partition);
  for (const name of names.filter((each) => each.startsWith(GONE))) {
    await rm(join(partition, name), { recursive: true, force: true });
  }
  await rmdir(partition).catch(() => {});
}

function lastEpochFile(partition: string): string {
  return join(dirname(partition), `${LAST_EPOCH}${basename(partition)}`);
}

/** Removes what was being made when its maker died, and epochs that nobody can remember any more. */
async function clearOld(queue: string, now: number): Promise<void> {
  for (const name of await folderNames(queue)) {
    const longest = name.startsWith(NEW) ? LONGEST_MAKING_MS : name.startsWith(LAST_EPOCH) ? REMEMBERED_MS : undefined;
    if (longest === undefined) continue;
    const { mtimeMs } = await stat(join(queue, name)).catch(() => ({ mtimeMs: now }));
    if (now - mtimeMs > longest) await rm(join(queue, name), { recursive: true, force: true });
  }
}

async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
