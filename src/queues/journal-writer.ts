import { StoreError, type StoreErrorCode } from '../core/mqueue/store-error.ts';
import type { Timer } from '../ports/clock.ts';
import { Backoff, pause } from './backoff.ts';
import type { PartitionKeeper } from './partition-keeper.ts';
import { chunkBytes, chunkRecords } from './record-chunks.ts';

/** With these a store says that it has not what it had acknowledged, or that somebody else has the partition. */
const lossCodes: readonly StoreErrorCode[] = ['STORE_GAP', 'STORE_CORRUPT', 'STORE_FENCED'];
/** Records and bytes that may wait while the store does not take them. */
const mostWaiting = 10_000;
const mostWaitingBytes = 16 * 1_024 * 1_024;

/** Somebody who wants to know what becomes of a record. */
export interface Written {
  /** It is in the journal. */
  done(): void;
  /** It has not been written in time, or never will be. `done` may still follow. */
  late(error: StoreError): void;
}

interface Pending {
  readonly record: Uint8Array;
  /** Of an item: its number; -1 otherwise. */
  readonly sequence: number;
  readonly at: number;
  readonly written: Written[];
  isLate: boolean;
}

export interface JournalWriterParts {
  readonly keeper: PartitionKeeper;
  /** Milliseconds after which whoever waits for a record is told that it is late. */
  readonly timeoutMs: number;
  /** A batch is in the journal: more may be given out. */
  readonly progress: () => void;
  /** The store has lost records or the claim. Whether all was written anew; false: another process has the partition. */
  readonly lost: (error: StoreError) => Promise<boolean>;
  /** A try failed. */
  readonly failed: (error: StoreError) => void;
  readonly recovered: () => void;
}

/**
 * Puts records at the end of a partition's journal, in order. While a batch is under way, what comes is collected for the next. A batch
 * that fails is sent again, the same records at the same position, until the store has taken it: nobody knows whether it has.
 */
export class JournalWriter {
  readonly #parts: JournalWriterParts;
  readonly #ending = new AbortController();
  #waiting: Pending[] = [];
  #waitingBytes = 0;
  #sending: Pending[] = [];
  #absorbed: Pending[] = [];
  #written: number;
  #writtenSequence = -1;
  #running = false;
  /** Runs at the latest when somebody has waited for too long. */
  #timer: Timer | undefined;
  #trouble: StoreError | undefined;
  #ended: StoreError | undefined;
  #reached: { readonly position: number; readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];

  constructor(parts: JournalWriterParts) {
    this.#parts = parts;
    this.#written = parts.keeper.claim.journalEnd;
  }

  /** The position of the next record. */
  get next(): number {
    return this.#written + this.#sending.length + this.#waiting.length;
  }

  get isIdle(): boolean {
    return this.#all().length === 0;
  }

  /** Why nothing can be written at the moment: what is put now would be late as well. */
  get trouble(): StoreError | undefined {
    return this.#ended ?? this.#trouble;
  }

  hasRoom(bytes: number): boolean {
    if (this.#waiting.length === 0) return true;
    return this.#waiting.length < mostWaiting && this.#waitingBytes + bytes <= mostWaitingBytes;
  }

  /** Whether the item with this number is not in the journal yet. */
  holds(sequence: number): boolean {
    return sequence > this.#writtenSequence;
  }

  put(record: Uint8Array, sequence: number, written?: Written): void {
    if (this.#ended !== undefined) {
      written?.late(this.#ended);
      return;
    }
    const { clock } = this.#parts.keeper.parts;
    const at = clock.now();
    this.#timer ??= clock.after(this.#parts.timeoutMs, () => this.#timeIsOver());
    this.#waiting.push({ record, sequence, at, written: written === undefined ? [] : [written], isLate: false });
    this.#waitingBytes += record.length;
    if (!this.#running) void this.#run();
  }

  /** Tells when all that was put so far is in the journal. */
  whenWritten(written: Written): void {
    const last = this.#waiting.at(-1) ?? this.#sending.at(-1);
    if (last === undefined) written.done();
    else last.written.push(written);
  }

  /** Resolves when the journal has all records before `position`. */
  reached(position: number): Promise<void> {
    if (this.#written >= position) return Promise.resolve();
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => this.#reached.push({ position, resolve, reject }));
  }

  /** Nothing more is written; whoever waits is told `error`. What is under way may still arrive. */
  end(error: StoreError): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    this.#ending.abort();
    this.#timer?.cancel();
    for (const pending of this.#all()) tellLate(pending, error);
    for (const { reject } of this.#reached.splice(0)) reject(error);
  }

  /** All that waits is contained in a new generation that is being written. Only from within `lost`; `resume` follows. */
  absorb(): void {
    this.#absorbed = this.#all();
    this.#sending = [];
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  /** The new generation is committed, the journal goes on at `position`. */
  resume(position: number): void {
    const absorbed = this.#absorbed;
    this.#absorbed = [];
    this.#written = position;
    const anew = new StoreError('STORE_GAP', 'the partition has been written anew');
    for (const { reject } of this.#reached.splice(0)) reject(anew);
    this.#tellDone(absorbed);
  }

  async #run(): Promise<void> {
    const { keeper } = this.#parts;
    const backoff = new Backoff(keeper.parts.random, 50, 1_000);
    this.#running = true;
    while (this.#sending.length + this.#waiting.length > 0 && this.#ended === undefined) {
      // Between two tries others may call: a partition whose owner does not show that it lives is taken over.
      const failure = await keeper.alone(() => this.#trySend());
      if (failure === undefined) {
        backoff.reset();
      } else {
        this.#failed(failure);
        await pause(keeper.parts.clock, backoff.next(), this.#ending.signal);
      }
    }
    this.#running = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Sends the batch that was not taken yet, or the next one. Resolves with why it failed. */
  async #trySend(): Promise<StoreError | undefined> {
    const { keeper, lost } = this.#parts;
    if (this.#sending.length === 0) this.#takeBatch();
    try {
      const records = this.#sending.map(({ record }) => record);
      await keeper.advance((store, claim) => store.append(claim, this.#written, records));
      this.#succeeded();
      return undefined;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (!lossCodes.includes(error.code)) return error;
      if (!(await lost(error))) this.end(error);
      return undefined;
    }
  }

  #takeBatch(): void {
    const waiting = this.#waiting;
    let bytes = 0;
    let end = 0;
    while (end < waiting.length && end < chunkRecords) {
      const { length } = waiting[end]!.record;
      if (end > 0 && bytes + length > chunkBytes) break;
      bytes += length;
      end += 1;
    }
    this.#sending = waiting.slice(0, end);
    this.#waiting = waiting.slice(end);
    this.#waitingBytes -= bytes;
  }

  #succeeded(): void {
    const written = this.#sending;
    this.#sending = [];
    this.#written += written.length;
    this.#tellDone(written);
  }

  #tellDone(written: readonly Pending[]): void {
    if (this.#trouble !== undefined) this.#parts.recovered();
    this.#trouble = undefined;
    for (const pending of written) {
      if (pending.sequence >= 0) this.#writtenSequence = pending.sequence;
      for (const each of pending.written) each.done();
    }
    while (this.#reached.length > 0 && this.#reached[0]!.position <= this.#written) this.#reached.shift()!.resolve();
    this.#parts.progress();
  }

  #failed(error: StoreError): void {
    const isLate = this.#isLate();
    // What a store refuses it refuses the next time too: nobody has to wait for that.
    const isRefused = error.code !== 'STORE_UNAVAILABLE';
    const oldest = this.#sending[0];
    if (isRefused || (oldest !== undefined && isLate(oldest))) this.#trouble = error;
    for (const pending of this.#all()) if (isRefused || isLate(pending)) tellLate(pending, error);
    this.#parts.failed(error);
  }

  /** A call that hangs, or a loss that can't be mended, is no failed try: who waits is told all the same. */
  #timeIsOver(): void {
    const { clock } = this.#parts.keeper.parts;
    this.#timer = undefined;
    const isLate = this.#isLate();
    const error = this.#trouble ?? new StoreError('STORE_UNAVAILABLE', 'it did not answer in time');
    for (const pending of this.#all()) {
      if (pending.isLate) continue;
      if (!isLate(pending)) {
        const left = pending.at + this.#parts.timeoutMs - clock.now();
        this.#timer = clock.after(left, () => this.#timeIsOver());
        return;
      }
      this.#trouble = error;
      tellLate(pending, error);
    }
  }

  #isLate(): (pending: Pending) => boolean {
    const now = this.#parts.keeper.parts.clock.now();
    return ({ at }) => now - at >= this.#parts.timeoutMs;
  }

  #all(): Pending[] {
    return [...this.#absorbed, ...this.#sending, ...this.#waiting];
  }
}

function tellLate(pending: Pending, error: StoreError): void {
  if (pending.isLate) return;
  pending.isLate = true;
  for (const written of pending.written) written.late(error);
}
