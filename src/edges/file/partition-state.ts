import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { PartitionAddress } from '../../ports/queue-store.ts';
import { corrupt, newer } from './file-error.ts';
import { token } from './token.ts';

/** A log file, or the part of it that counts: whatever stands behind `bytes` was written by somebody who had been fenced. */
export interface LogSegment {
  readonly file: string;
  /** Records in it. */
  readonly count: number;
  readonly bytes: number;
}

/** What the file `claim` of a partition says: who has it, and of which files its content is made. */
export interface PartitionState {
  readonly address: PartitionAddress;
  readonly epoch: number;
  /** Null after a release. */
  readonly owner: string | null;
  readonly generation: number;
  readonly saveId: string | null;
  /** When the file was written; the log that is being written may hold a later one. */
  readonly cursor: number;
  /** The committed generation. */
  readonly items: readonly LogSegment[];
  /** Records of the journal before it are contained in the generation. */
  readonly journalStart: number;
  /** The position of the first record of the first journal file. */
  readonly journalBase: number;
  /** Journal files that are finished. */
  readonly journal: readonly LogSegment[];
  /** The journal file that is being written; it goes on after those. */
  readonly tail: string | null;
}

/** The file's name in the folder of an epoch. */
export const claimFile = 'claim';
const FORMAT = 1;
const HEADING = /^kdmq-queue (\d+) ([0-9a-f]{8})\n/;

export function countOf(segments: readonly LogSegment[]): number {
  return segments.reduce((sum, { count }) => sum + count, 0);
}

/** All files that make up the partition's content. */
export function filesOf({ items, journal, tail }: PartitionState): string[] {
  const files = [...items, ...journal].map(({ file }) => file);
  return tail === null ? files : [...files, tail];
}

/** Reads the claim file of an epoch's folder. Throws STORE_CORRUPT, STORE_NEWER, or what the file system says. */
export async function readState(folder: string): Promise<PartitionState> {
  const path = join(folder, claimFile);
  const text = await readFile(path, 'utf8');
  const [heading, format, sum] = HEADING.exec(text) ?? [];
  if (heading === undefined) throw corrupt(path, 0, 'the heading is unreadable');
  if (Number(format) > FORMAT) throw newer(path, Number(format), FORMAT);
  const content = text.slice(heading.length);
  if (checksum(content) !== sum) throw corrupt(path, heading.length, 'the checksum is another');
  return JSON.parse(content) as PartitionState;
}

/**
 * Replaces the claim file, all or nothing. Fails with ENOENT when the folder has been taken over: taking over and replacing are each one
 * step. `published` is called when the new one counts, before it is known to be on the disk.
 */
export async function writeState(
  folder: string,
  state: PartitionState,
  now: number,
  published: () => void,
): Promise<void> {
  const content = `${JSON.stringify(state, undefined, 1)}\n`;
  // The owner before may still have a file open that he had made here: he must not write into this one.
  const path = join(folder, `${claimFile}.${token()}`);
  try {
    const file = await open(path, 'wx', 0o640);
    try {
      await file.writeFile(`kdmq-queue ${FORMAT} ${checksum(content)}\n${content}`);
      await file.utimes(now / 1000, now / 1000);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(path, join(folder, claimFile));
  } catch (error) {
    await rm(path, { force: true }).catch(() => {});
    throw error;
  }
  published();
  await syncFolder(folder);
}

/** Resolves when the names in the folder lie on the disk. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function checksum(content: string): string {
  return crc32(content).toString(16).padStart(8, '0');
}
