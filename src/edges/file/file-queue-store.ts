import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { StoreError } from '../../core/mqueue/store-error.ts';
import type {
  CommitRequest,
  PartitionAddress,
  PartitionClaim,
  PartitionSnapshot,
  PartitionView,
  QueueStore,
  StoreReport,
} from '../../ports/queue-store.ts';
import { writeAdopter } from './adopter-file.ts';
import { findEpoch, partitionFolder } from './epoch-folder.ts';
import { errorCode, fileError } from './file-error.ts';
import { folderNotes } from './folder-notes.ts';
import { makeFolder } from './make-folder.ts';
import { claimOf, type OpenPartition } from './open-partition.ts';
import type { FileStoreContext } from './partition-files.ts';
import { PartitionSnapshots } from './partition-snapshots.ts';
import { type PartitionState, readState } from './partition-state.ts';
import { PartitionViews } from './partition-views.ts';
import { takePartition } from './take-partition.ts';
import { Turns } from './turns.ts';

export interface FileQueueStoreOptions extends FileStoreContext {
  /** Where the partitions lie; made where it is missing. */
  readonly folder: string;
}

const MOST_ATTEMPTS = 100;
/** A file system that hangs does not hold up the end of the process for longer. */
const LONGEST_CLOSE_MS = 5000;

/**
 * Keeps partitions of queues in files of one folder: nothing else is needed. What is acknowledged is in the kernel's hands at least, so it outlives the
 * death of the process at any moment; `fsync` says what of the journal outlives the death of the machine. A commit is always brought to the disk.
 */
export class FileQueueStore implements QueueStore {
  readonly name: string;
  readonly #folder: string;
  readonly #context: FileStoreContext;
  readonly #views: PartitionViews;
  readonly #snapshots: PartitionSnapshots;
  readonly #turns = new Turns();
  readonly #open = new Map<string, OpenPartition>();
  #closing: Promise<void> | undefined;

  constructor({ folder, fsync, clock, log }: FileQueueStoreOptions) {
    this.#folder = resolve(folder);
    this.name = `file:${this.#folder}`;
    this.#context = { fsync, clock, log };
    this.#views = new PartitionViews(this.#folder, clock, log);
    this.#snapshots = new PartitionSnapshots(this.#folder);
  }

  open(signal: AbortSignal): Promise<StoreReport> {
    return this.#atOnce(this.#folder, async () => {
      if (signal.aborted) throw new StoreError('STORE_UNAVAILABLE', 'the opening was given up');
      await makeFolder(this.#folder);
      await access(this.#folder, constants.R_OK | constants.W_OK | constants.X_OK);
      return { notes: await folderNotes(this.#folder) };
    });
  }

  claim(address: PartitionAddress, owner: string): Promise<PartitionClaim> {
    return this.#inTurn(address, async (path) => {
      await this.#letGo(path);
      const { claim, open } = await takePartition(this.#folder, address, owner, this.#context);
      if (open !== undefined) this.#open.set(path, open);
      return claim;
    });
  }

  read(claim: PartitionClaim, from: number, limit: number): Promise<Uint8Array[]> {
    return this.#owned(claim, (partition) => partition.read(from, limit));
  }

  readJournal(claim: PartitionClaim, from: number, limit: number): Promise<Uint8Array[]> {
    return this.#owned(claim, (partition) => partition.readJournal(from, limit));
  }

  moveCursor(claim: PartitionClaim, cursor: number): Promise<PartitionClaim> {
    return this.#changed(claim, (partition) => partition.moveCursor(claim.generation, cursor));
  }

  append(claim: PartitionClaim, offset: number, records: readonly Uint8Array[]): Promise<PartitionClaim> {
    return this.#changed(claim, (partition) => partition.append(offset, records));
  }

  stage(claim: PartitionClaim, saveId: string, offset: number, records: readonly Uint8Array[]): Promise<void> {
    return this.#owned(claim, (partition) => partition.stage(saveId, offset, records));
  }

  async commit(claim: PartitionClaim, request: CommitRequest): Promise<PartitionClaim> {
    try {
      return await this.#changed(claim, (partition) => partition.commit(request));
    } catch (error) {
      if (!isFenced(error)) throw error;
      // It may have been done before somebody else claimed the partition, and that not be known here.
      const state = await this.#stateOf(claim.address).catch(() => undefined);
      if (state?.saveId !== request.saveId) throw error;
      return claimOf(state, claim);
    }
  }

  keepAlive(claim: PartitionClaim): Promise<void> {
    return this.#owned(claim, (partition) => partition.keepAlive());
  }

  async release(claim: PartitionClaim): Promise<void> {
    try {
      await this.#owned(claim, (partition) => partition.release());
      this.#open.delete(this.#path(claim.address));
    } catch (error) {
      if (!isFenced(error)) throw error;
      // It may have been released before, and removed with that.
      const state = await this.#stateOf(claim.address).catch(() => Promise.reject(error));
      const released = state === undefined || (state.epoch === claim.epoch && state.owner === null);
      if (!released) throw error;
    }
  }

  list(cluster: string): Promise<PartitionView[]> {
    return this.#atOnce(this.#folder, () => this.#views.list(cluster));
  }

  inspect(address: PartitionAddress): Promise<PartitionSnapshot | undefined> {
    return this.#atOnce(this.#path(address), () => this.#snapshots.inspect(address));
  }

  peek(snapshot: PartitionSnapshot, part: 'items' | 'journal', from: number, limit: number): Promise<Uint8Array[]> {
    return this.#atOnce(this.#path(snapshot.address), () => this.#snapshots.peek(snapshot, part, from, limit));
  }

  assign(address: PartitionAddress, adopter: string | undefined): Promise<void> {
    const path = this.#path(address);
    return this.#atOnce(path, async () => {
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        const folder = await findEpoch(path);
        if (folder === undefined) return;
        try {
          return await writeAdopter(folder.path, adopter);
        } catch (error) {
          if (errorCode(error) !== 'ENOENT') throw error;
        }
      }
      throw new StoreError('STORE_UNAVAILABLE', `${path}: claimed by others all the time`);
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const ended = this.#turns.close().then(async () => {
      for (const path of [...this.#open.keys()]) await this.#letGo(path);
    });
    await new Promise<void>((end) => {
      const late = this.#context.clock.after(LONGEST_CLOSE_MS, end);
      void ended.finally(() => {
        late.cancel();
        end();
      });
    });
  }

  async #changed(claim: PartitionClaim, work: (partition: OpenPartition) => Promise<void>): Promise<PartitionClaim> {
    return this.#owned(claim, async (partition) => {
      await work(partition);
      return partition.claim;
    });
  }

  /** Does something with the partition of a claim. */
  #owned<T>(claim: PartitionClaim, work: (partition: OpenPartition) => Promise<T>): Promise<T> {
    return this.#inTurn(claim.address, async (path) => {
      const partition = this.#open.get(path);
      if (partition?.epoch !== claim.epoch || partition.owner !== claim.owner) throw await this.#fenced(claim);
      try {
        return await work(partition);
      } catch (error) {
        if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'STORE_CORRUPT') throw error;
        if (await partition.stands()) throw error;
        await this.#letGo(path);
        throw await this.#fenced(claim);
      }
    });
  }

  async #fenced({ address, owner }: PartitionClaim): Promise<StoreError> {
    const state = await this.#stateOf(address).catch(() => undefined);
    const who =
      state === undefined ? 'the partition is gone' : `it belongs to ${state.owner ?? 'nobody'}, epoch ${state.epoch}`;
    return new StoreError('STORE_FENCED', `${this.#path(address)}: not ${owner}'s any more, ${who}`);
  }

  /** What the claim file says now, whoever has the partition; undefined where there is none. */
  async #stateOf(address: PartitionAddress): Promise<PartitionState | undefined> {
    for (let attempt = 1; ; attempt++) {
      const folder = await findEpoch(this.#path(address));
      if (folder === undefined) return undefined;
      try {
        return { ...(await readState(folder.path)), epoch: folder.epoch };
      } catch (error) {
        if (errorCode(error) !== 'ENOENT' || attempt === MOST_ATTEMPTS) throw error;
      }
    }
  }

  async #letGo(path: string): Promise<void> {
    const partition = this.#open.get(path);
    this.#open.delete(path);
    try {
      await partition?.close();
    } catch (error) {
      this.#context.log.error('the files of a queue could not be closed', { partition: path, error });
    }
  }

  #path(address: PartitionAddress): string {
    return partitionFolder(this.#folder, address);
  }

  #inTurn<T>(address: PartitionAddress, work: (path: string) => Promise<T>): Promise<T> {
    const path = this.#path(address);
    return this.#turns.inTurn(path, () => withStoreErrors(path, () => work(path)));
  }

  #atOnce<T>(path: string, work: () => Promise<T>): Promise<T> {
    return this.#turns.atOnce(() => withStoreErrors(path, work));
  }
}

/** @param path where the error is looked for when it does not say it itself. */
async function withStoreErrors<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const named = error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : path;
    throw fileError(error, named);
  }
}

function isFenced(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'STORE_FENCED';
}
