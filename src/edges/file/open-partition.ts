import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError } from '../../core/mqueue/store-error.ts';
import type { CommitRequest, PartitionClaim } from '../../ports/queue-store.ts';
import { type EpochFolder, removePartition } from './epoch-folder.ts';
import { cursorFrame, cursorPayload, recordFrame } from './frame.ts';
import { LogReader } from './log-reader.ts';
import type { LogWriter } from './log-writer.ts';
import { withCommit } from './next-state.ts';
import { stands } from './partition-content.ts';
import { type FileStoreContext, PartitionFiles } from './partition-files.ts';
import { claimFile, countOf, type PartitionState } from './partition-state.ts';

const STAGE_BUFFER = 1_048_576;
/** Frames of a log without a record in it, all of them cursors, after which it is begun anew. */
const MOST_CURSORS = 5000;
/** Files of one generation, before a save that appends makes one of them. */
const MOST_FILES = 32;

/** A partition that this process has claimed. Its calls come one after another. ENOENT: somebody else has taken it over. */
export class OpenPartition {
  readonly owner: string;
  readonly epoch: number;
  readonly #files: PartitionFiles;
  readonly #context: FileStoreContext;
  #cursor: number;
  #items: LogReader;
  #journal: LogReader | undefined;
  #stage: { readonly saveId: string; readonly writer: LogWriter } | undefined;

  /** @param state what the folder holds, its log finished. Nothing is written before `take`. */
  constructor(folder: EpochFolder, state: PartitionState, owner: string, context: FileStoreContext) {
    this.owner = owner;
    this.epoch = folder.epoch;
    this.#context = context;
    this.#files = new PartitionFiles(folder.path, state, context);
    this.#cursor = state.cursor;
    this.#items = new LogReader(folder.path, state.items, 0);
  }

  get claim(): PartitionClaim {
    return { ...claimOf(this.#files.state, this), cursor: this.#cursor, journalEnd: this.#files.journalEnd };
  }

  /** Puts the owner's name on the partition, and then sweeps out what a save of somebody else has left. */
  async take(): Promise<void> {
    await this.#files.countOn();
    await this.#files.publish({ ...this.#files.state, owner: this.owner, epoch: this.epoch }, true);
    await this.#files.sweep(undefined);
  }

  read(from: number, limit: number): Promise<Uint8Array[]> {
    return this.#items.read(from, limit);
  }

  readJournal(from: number, limit: number): Promise<Uint8Array[]> {
    const { journal, journalBase } = this.#files.finished(this.#cursor);
    this.#journal ??= new LogReader(this.#files.folder, journal, journalBase);
    return this.#journal.read(from, limit);
  }

  async moveCursor(generation: number, cursor: number): Promise<void> {
    const files = this.#files;
    const wanted = Math.min(cursor, countOf(files.state.items));
    if (generation !== files.state.generation || wanted <= this.#cursor) return files.mustOwn();
    await files.put(cursorFrame, [cursorPayload(wanted)]);
    this.#cursor = wanted;
    if (files.tail.records > 0 || files.tail.frames < MOST_CURSORS) return;
    await files.publish(files.finished(wanted), true);
    await files.sweep(this.#stage?.writer.name);
  }

  async append(offset: number, records: readonly Uint8Array[]): Promise<void> {
    const end = this.#files.journalEnd;
    if (offset > end) throw gap(`the journal ends at ${end}, an append begins at ${offset}`);
    const fresh = records.slice(end - offset);
    if (fresh.length === 0) return this.#files.mustOwn();
    await this.#closeJournal();
    await this.#files.put(recordFrame, fresh);
  }

  async stage(saveId: string, offset: number, records: readonly Uint8Array[]): Promise<void> {
    await this.#files.mustOwn();
    if (saveId === this.#files.state.saveId) return;
    if (this.#stage?.saveId !== saveId) await this.#dropStage();
    const end = this.#stage?.writer.records ?? 0;
    if (offset > end) throw gap(`${end} records are staged, a stage begins at ${offset}`);
    const fresh = records.slice(end - offset);
    if (fresh.length === 0) return;
    this.#stage ??= { saveId, writer: await this.#files.newLog('items', STAGE_BUFFER) };
    await this.#stage.writer.add(recordFrame, fresh);
  }

  async commit(request: CommitRequest): Promise<void> {
    const files = this.#files;
    if (request.saveId === files.state.saveId) {
      await files.settle();
      return this.#dropStage();
    }
    await files.mustOwn();
    const writer = this.#stage?.saveId === request.saveId ? this.#stage.writer : undefined;
    this.#checkCommit(request, writer?.records ?? 0);
    await writer?.flush();
    await writer?.sync();
    const segment = writer && { file: writer.name, count: writer.records, bytes: writer.written };
    const next = withCommit(files.finished(this.#cursor), request, segment);
    await this.#publish(next.items.length > MOST_FILES ? await this.#merged(next) : next);
    await this.#dropStage();
  }

  /** Says that the owner lives, by the time of the claim file. */
  async keepAlive(): Promise<void> {
    const seconds = this.#context.clock.wallTime() / 1000;
    await utimes(join(this.#files.folder, claimFile), seconds, seconds);
  }

  /** Gives the partition up; removes it when nothing is in it. */
  async release(): Promise<void> {
    const { count, cursor, journalStart, journalEnd } = this.claim;
    if (cursor < count || journalStart < journalEnd) {
      await this.#files.publish({ ...this.#files.finished(cursor), owner: null }, false);
      await this.#files.sweep(undefined);
    } else if (!(await removePartition({ path: this.#files.folder, epoch: this.epoch }))) await this.#files.mustOwn();
    await this.close();
  }

  /** Whether nobody else has taken the partition over. */
  stands(): Promise<boolean> {
    return stands(this.#files.folder);
  }

  async close(): Promise<void> {
    await this.#items.close();
    await this.#closeJournal();
    await this.#stage?.writer.close();
    this.#stage = undefined;
    await this.#files.close();
  }

  #checkCommit({ count, journalEnd }: CommitRequest, staged: number): void {
    const end = this.#files.journalEnd;
    if (staged !== count) throw gap(`${staged} records are staged, the commit is of ${count}`);
    if (journalEnd > end) throw gap(`the journal ends at ${end}, the commit drops it up to ${journalEnd}`);
  }

  async #publish(next: PartitionState): Promise<void> {
    try {
      await this.#files.publish(next, true);
    } finally {
      // It counts also when its last step has failed.
      const { state } = this.#files;
      if (state.saveId === next.saveId) {
        await this.#items.close();
        await this.#closeJournal();
        this.#items = new LogReader(this.#files.folder, state.items, 0);
        this.#cursor = state.cursor;
      }
    }
  }

  /** Copies what is not consumed into one file. */
  async #merged(next: PartitionState): Promise<PartitionState> {
    const writer = await this.#files.newLog('items', STAGE_BUFFER);
    const reader = new LogReader(this.#files.folder, next.items, 0);
    try {
      const count = countOf(next.items) - next.cursor;
      while (writer.records < count)
        await writer.add(recordFrame, await reader.read(next.cursor + writer.records, 1000));
      await writer.flush();
      await writer.sync();
      await writer.close();
      return { ...next, items: [{ file: writer.name, count, bytes: writer.written }], cursor: 0 };
    } catch (error) {
      await writer.discard();
      throw error;
    } finally {
      await reader.close();
    }
  }

  async #dropStage(): Promise<void> {
    await this.#stage?.writer.close();
    this.#stage = undefined;
    await this.#files.sweep(undefined);
  }

  async #closeJournal(): Promise<void> {
    await this.#journal?.close();
    this.#journal = undefined;
  }
}

/** What a state is to the owner of a claim. */
export function claimOf(state: PartitionState, { owner, epoch }: { owner: string; epoch: number }): PartitionClaim {
  const journaled = countOf(state.journal);
  return {
    address: { ...state.address },
    owner,
    epoch,
    generation: state.generation,
    count: countOf(state.items),
    cursor: state.cursor,
    journalStart: state.journalStart,
    journalEnd: state.journalBase + journaled,
    life: '',
    saveId: state.saveId ?? undefined,
  };
}

function gap(what: string): StoreError {
  return new StoreError('STORE_GAP', `records are missing in front: ${what}`);
}
