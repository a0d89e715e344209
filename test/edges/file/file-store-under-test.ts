import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { FileQueueStore, type FileQueueStoreOptions } from '../../../src/edges/file/file-queue-store.ts';
import { SystemClock } from '../../../src/edges/system/system-clock.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import type { StoreUnderTest } from '../../queues/contract/contract-world.ts';

export interface FileStoreUnderTest extends StoreUnderTest {
  readonly folder: string;
  readonly log: MemoryLog;
  connect(): Promise<FileQueueStore>;
}

/** Where no test waits for a disk. */
export const memoryFolder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** A file store in a folder of its own below `parent`, or in the one that is given. */
export async function makeFileStore({
  fsync = 'always',
  clock = new SystemClock(),
  folder: given,
  parent = tmpdir(),
}: Partial<FileQueueStoreOptions> & { parent?: string } = {}): Promise<FileStoreUnderTest> {
  const folder = given ?? (await mkdtemp(join(parent, 'kdmq-queues-')));
  const log = new MemoryLog();
  const stores: FileQueueStore[] = [];
  const connect = async () => {
    const store = new FileQueueStore({ folder, fsync, clock, log });
    stores.push(store);
    await store.open(new AbortController().signal);
    return store;
  };
  return {
    folder,
    log,
    store: await connect(),
    connect,
    temporaries: () => temporaries(folder),
    destroy: async () => {
      for (const store of stores) await store.close();
      const left = await openFiles(folder);
      if (left.length > 0) throw new Error(`still open after the close: ${left.join()}`);
      if (given === undefined) await rm(folder, { recursive: true });
    },
  };
}

/** Files and folders that no claim file names. */
export async function temporaries(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const path of await paths(folder)) {
    const claim = join(dirname(path), 'claim');
    const named =
      basename(path) === 'claim' ? true : (await readFile(claim, 'utf8').catch(() => '')).includes(basename(path));
    const kept = basename(path) === 'adopter' || basename(path).startsWith('.last-epoch-');
    if (!named && !kept) found.push(path);
  }
  const folders = (await readdir(folder, { recursive: true })).filter((path) => /(^|\/)(\.new-|gone\.)/.test(path));
  return [...found, ...folders];
}

/** All files below a folder. */
export async function paths(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Files and folders below a folder that this process has open. */
async function openFiles(folder: string): Promise<string[]> {
  const descriptors = await readdir('/proc/self/fd');
  const targets = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return targets.filter((target) => target.startsWith(folder));
}
