import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../ports/clock.ts';
import type { PartitionView } from '../../ports/queue-store.ts';
import type { Log } from '../../ports/telemetry.ts';
import { readAdopter } from './adopter-file.ts';
import { type EpochFolder, findEpoch, folderNames } from './epoch-folder.ts';
import { escapeName } from './escape-name.ts';
import { errorCode } from './file-error.ts';
import { journalEndOf } from './next-state.ts';
import { claimFile, countOf, readState } from './partition-state.ts';
import { emptyTail, scanTail, type TailScan } from './tail-scan.ts';

const MOST_ATTEMPTS = 20;

/** Looks at the partitions of a cluster from outside. What was read of a log is read once: remembered as long as the log is listed. */
export class PartitionViews {
  readonly #root: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #scans = new Map<string, ReadonlyMap<string, TailScan>>();
  #complained = new Set<string>();

  constructor(root: string, clock: Clock, log: Log) {
    this.#root = root;
    this.#clock = clock;
    this.#log = log;
  }

  /** All that can be read; the others are in the log, once each. */
  async list(cluster: string): Promise<PartitionView[]> {
    const views: PartitionView[] = [];
    const scans = new Map<string, TailScan>();
    const complained = new Set<string>();
    const folder = join(this.#root, escapeName(cluster));
    for (const queue of await subfolders(folder)) {
      for (const partition of await subfolders(queue)) {
        try {
          const view = await this.#lookAt(partition, this.#scans.get(cluster), scans);
          if (view !== undefined) views.push(view);
        } catch (error) {
          complained.add(partition);
          const message = error instanceof Error ? error.message : String(error);
          if (!this.#complained.has(partition))
            this.#log.error('a partition of a queue is unreadable', { partition, error: message });
        }
      }
    }
    this.#scans.set(cluster, scans);
    this.#complained = complained;
    return views;
  }

  async #lookAt(
    partition: string,
    known: ReadonlyMap<string, TailScan> | undefined,
    scans: Map<string, TailScan>,
  ): Promise<PartitionView | undefined> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const folder = await findEpoch(partition);
      if (folder === undefined) return undefined;
      try {
        return await this.#view(folder, known, scans);
      } catch (error) {
        // Taken over, or saved and so made of other files, while it was looked at.
        if (errorCode(error) !== 'ENOENT') throw error;
      }
    }
    return undefined;
  }

  async #view(
    { path, epoch }: EpochFolder,
    known: ReadonlyMap<string, TailScan> | undefined,
    scans: Map<string, TailScan>,
  ): Promise<PartitionView> {
    const state = await readState(path);
    const { mtimeMs } = await stat(join(path, claimFile));
    const adopter = await readAdopter(path);
    let tail = emptyTail;
    if (state.tail !== null) {
      const file = join(path, state.tail);
      // An owner whose disk is full takes a write back, so what was found earlier may be gone.
      tail = await scanTail(file, known?.get(file)).catch(() => scanTail(file));
      scans.set(file, tail);
    }
    return {
      address: state.address,
      epoch,
      // While somebody takes it over the file still names the one before.
      owner: state.epoch === epoch ? (state.owner ?? undefined) : undefined,
      items: countOf(state.items) - Math.max(state.cursor, tail.cursor),
      journal: journalEndOf(state) + tail.records - state.journalStart,
      quietMs: Math.max(0, this.#clock.wallTime() - mtimeMs),
      adopter,
    };
  }
}

/** Folders that are complete: the name of one that is being made begins with a dot. */
async function subfolders(folder: string): Promise<string[]> {
  const names = await folderNames(folder);
  return names.filter((name) => !name.startsWith('.')).map((name) => join(folder, name));
}
