import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Log } from '../../ports/telemetry.ts';
import { adopterFile } from './adopter-file.ts';
import { errorCode } from './file-error.ts';
import type { FrameKind } from './frame.ts';
import { LogWriter } from './log-writer.ts';
import { journalEndOf, withTailFinished } from './next-state.ts';
import { goneError, stands } from './partition-content.ts';
import { claimFile, filesOf, type PartitionState, syncFolder, writeState } from './partition-state.ts';

/** When what was appended to a journal lies on the disk: before it is acknowledged, within a second, or when the system likes. */
export type FsyncPolicy = 'always' | 'everysec' | 'no';

export interface FileStoreContext {
  readonly fsync: FsyncPolicy;
  readonly clock: Clock;
  readonly log: Log;
}

const JOURNAL_BUFFER = 65_536;
const SYNC_MS = 1000;

/**
 * The files of a claimed partition: the claim file, and the log that is being written. What is done by path fails with ENOENT once somebody
 * else has taken the partition over (`epoch-folder.ts`); what goes into an open file counts only when the folder still stands afterwards.
 */
export class PartitionFiles {
  readonly folder: string;
  readonly #context: FileStoreContext;
  #state: PartitionState;
  #tail: LogWriter | undefined;
  #serial = 0;
  #settled = true;
  #syncTimer: Timer | undefined;

  /** @param state what the folder holds, its log finished. Nothing is written before the first `publish`. */
  constructor(folder: string, state: PartitionState, context: FileStoreContext) {
    this.folder = folder;
    this.#state = state;
    this.#context = context;
  }

  /** As it was published last. */
  get state(): PartitionState {
    return this.#state;
  }

  get tail(): { readonly records: number; readonly frames: number } {
    return this.#tail ?? { records: 0, frames: 0 };
  }

  get journalEnd(): number {
    return journalEndOf(this.#state) + this.tail.records;
  }

  /** The state as it would be if the log ended here. */
  finished(cursor: number): PartitionState {
    const { records = 0, written = 0 } = this.#tail ?? {};
    return withTailFinished(this.#state, records, written, cursor);
  }

  /** Makes a finished state the one that counts, with a new log behind it or, where nobody writes on, without. */
  async publish(next: PartitionState, withTail: boolean): Promise<void> {
    await this.#tail?.sync();
    const tail = withTail ? await this.newLog('journal', JOURNAL_BUFFER) : undefined;
    const before = this.#tail;
    const state = { ...next, tail: tail?.name ?? null };
    try {
      await tail?.sync();
      await writeState(this.folder, state, this.#context.clock.wallTime(), () => {
        this.#state = state;
        this.#tail = tail;
        this.#settled = false;
      });
      this.#settled = true;
    } catch (error) {
      if (this.#state !== state) await tail?.discard();
      throw error;
    } finally {
      if (this.#tail !== before) await before?.close();
    }
  }

  /** After a `publish` that counts although it failed at the last step: brings it to the disk. */
  async settle(): Promise<void> {
    if (!this.#settled) await syncFolder(this.folder);
    this.#settled = true;
  }

  /** A new file, numbered after those that are there. */
  newLog(kind: 'items' | 'journal', bufferBytes: number): Promise<LogWriter> {
    this.#serial += 1;
    return LogWriter.create(this.folder, `${String(this.#serial).padStart(6, '0')}.${kind}`, bufferBytes);
  }

  /** Writes frames into the log: all of them, or an error and none. */
  async put(kind: FrameKind, payloads: readonly Uint8Array[]): Promise<void> {
    const tail = this.#tail;
    if (tail === undefined) throw goneError(this.folder);
    // Before, so that nothing is left in the log of who knows nothing of it; after, because only then it is known to count.
    await this.mustOwn();
    const mark = tail.mark();
    try {
      await tail.add(kind, payloads);
      await tail.flush();
      if (this.#context.fsync === 'always') await tail.sync();
    } catch (error) {
      await tail.back(mark);
      throw error;
    }
    if (this.#context.fsync === 'everysec') this.#syncLater();
    await this.mustOwn();
  }

  /** Rejects with ENOENT when somebody else has taken the partition over. */
  async mustOwn(): Promise<void> {
    if (!(await stands(this.folder))) throw goneError(this.folder);
  }

  /** New files get numbers after those that lie there, whoever made them. */
  async countOn(): Promise<void> {
    const numbers = (await readdir(this.folder)).map((name) => Number.parseInt(name, 10) || 0);
    this.#serial = Math.max(this.#serial, ...numbers);
  }

  /** Removes files that belong to nothing; `kept` is being staged. What can't be removed is said and costs nothing but its space. */
  async sweep(kept: string | undefined): Promise<void> {
    const wanted = new Set([...filesOf(this.#state), claimFile, adopterFile, kept]);
    try {
      for (const name of await readdir(this.folder)) {
        if (!wanted.has(name)) await rm(join(this.folder, name), { recursive: true, force: true });
      }
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return;
      this.#context.log.warn('a file of a queue that is not needed any more was not removed', {
        folder: this.folder,
        error,
      });
    }
  }

  /** Lets go of the files. What was acknowledged lies on the disk then, where the policy wants it there at all. */
  async close(): Promise<void> {
    this.#syncTimer?.cancel();
    const tail = this.#tail;
    this.#tail = undefined;
    try {
      if (this.#context.fsync !== 'no') await tail?.sync();
    } finally {
      await tail?.close();
    }
  }

  #syncLater(): void {
    this.#syncTimer ??= this.#context.clock.after(SYNC_MS, () => {
      this.#syncTimer = undefined;
      const tail = this.#tail;
      tail?.sync().catch((error: unknown) => {
        if (this.#tail !== tail) return;
        this.#context.log.error('a journal could not be brought to the disk', { folder: this.folder, error });
      });
    });
  }
}
