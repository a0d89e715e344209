import { StoreError, type StoreErrorCode } from '../core/mqueue/store-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { CommitRequest, PartitionAddress, PartitionClaim, QueueStore } from '../ports/queue-store.ts';
import type { Random } from '../ports/random.ts';
import type { Counters } from '../ports/telemetry.ts';
import { Backoff, pause } from './backoff.ts';
import { JournalReplay } from './journal-replay.ts';
import { chunksOf } from './record-chunks.ts';
import { StoreLane } from './store-lane.ts';

const pageRecords = 1_000;
const firstPauseMs = 50;
const longestPauseMs = 1_000;
/** Epochs are counted by starts of a process. */
const mostReclaims = 100_000;

export interface KeeperParts {
  readonly store: QueueStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
}

export interface SaveRequest {
  readonly saveId: string;
  readonly mode: CommitRequest['mode'];
  /** The journal up to before this position is contained in what is saved; nothing of it when left out. */
  readonly journalEnd?: number;
}

/** Whether other calls may come between those of a save, or whoever saves is alone with the partition already. */
export type Company = 'among others' | 'alone';

/** Errors that may go away while nobody does anything, or when somebody makes room. */
const passing: readonly StoreErrorCode[] = ['STORE_UNAVAILABLE', 'STORE_REFUSED'];

/** One claimed partition: makes the calls for it one after another, each with the claim that the one before gave. */
export class PartitionKeeper {
  readonly parts: KeeperParts;
  readonly #lane = new StoreLane();
  #claim: PartitionClaim;
  /** The highest epoch that was held before a claim anew. */
  #lastEpoch = 0;
  #fenced: StoreError | undefined;
  /** Called once when somebody else turns out to have claimed the partition. */
  onFenced: ((error: StoreError) => void) | undefined;
  /** To whom the partition is assigned: a store that has forgotten it is told again. */
  adopter: string | undefined;

  constructor(parts: KeeperParts, claim: PartitionClaim) {
    this.parts = parts;
    this.#claim = claim;
  }

  /** Takes the partition over; whoever had it is fenced. */
  static async claim(parts: KeeperParts, address: PartitionAddress, owner: string): Promise<PartitionKeeper> {
    const claim = await counted(parts.counters, () => parts.store.claim(address, owner));
    return new PartitionKeeper(parts, claim);
  }

  /** As `claim`, tried again while the store is away, until the signal is aborted. */
  static claimPatiently(
    parts: KeeperParts,
    address: PartitionAddress,
    owner: string,
    signal: AbortSignal,
  ): Promise<PartitionKeeper> {
    return persist(parts, () => PartitionKeeper.claim(parts, address, owner), signal);
  }

  get claim(): PartitionClaim {
    return this.#claim;
  }

  /** Set once somebody else has claimed the partition. */
  get fenced(): StoreError | undefined {
    return this.#fenced;
  }

  /** Runs a task while no other call for this partition is made. Inside of it calls are made with `attempt`. */
  alone<T>(task: () => Promise<T>): Promise<T> {
    return this.#lane.run(task);
  }

  /** One call, not tried again. Only inside of `alone`. */
  async attempt<T>(call: (store: QueueStore, claim: PartitionClaim) => Promise<T>): Promise<T> {
    try {
      return await counted(this.parts.counters, () => call(this.parts.store, this.#claim));
    } catch (error) {
      if (error instanceof StoreError && error.code === 'STORE_FENCED' && this.#fenced === undefined) {
        this.#fenced = error;
        this.onFenced?.(error);
      }
      throw error;
    }
  }

  /** As `attempt`, for a call that gives the next claim. */
  async advance(call: (store: QueueStore, claim: PartitionClaim) => Promise<PartitionClaim>): Promise<void> {
    this.#claim = await this.attempt(call);
  }

  /**
   * Claims the partition anew, for a store that has forgotten the claim. It may have forgotten the epoch as well: it is claimed until the
   * epoch is beyond those that there were, because a name of an item that came twice could be removed in the other's place. Only inside
   * of `alone`.
   */
  async reclaim(epoch = this.#claim.epoch): Promise<void> {
    const { address, owner } = this.#claim;
    const { adopter } = this;
    // A try before this one may have come half the way.
    this.#lastEpoch = Math.max(this.#lastEpoch, epoch);
    for (let tries = 0; tries < mostReclaims; tries++) {
      await this.advance((store) => store.claim(address, owner));
      this.#fenced = undefined;
      if (this.#claim.epoch <= this.#lastEpoch) continue;
      if (adopter !== undefined) await this.attempt((store) => store.assign(address, adopter));
      return;
    }
    throw new StoreError(
      'STORE_REFUSED',
      `epoch ${this.#lastEpoch} of ${address.queue} is out of reach after ${this.#claim.epoch}`,
    );
  }

  /** Repeats a task while the store is away or refuses, until the signal is aborted. */
  persist<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return persist(this.parts, task, signal);
  }

  /** What the journal says of the generation, and the items that it holds itself. */
  async readJournal(signal: AbortSignal): Promise<JournalReplay> {
    const replay = new JournalReplay();
    const { journalStart, journalEnd } = this.#claim;
    for (let from = journalStart; from < journalEnd; ) {
      signal.throwIfAborted();
      const limit = Math.min(pageRecords, journalEnd - from);
      const records = await this.alone(() => this.attempt((store, claim) => store.readJournal(claim, from, limit)));
      if (records.length === 0) throw this.#missing('journal', from, journalEnd);
      for (const record of records) replay.take(record);
      from += records.length;
    }
    return replay;
  }

  /** The items of the generation that are not consumed, page by page, with the position of each page's first. */
  async *pages(signal: AbortSignal): AsyncGenerator<{ readonly from: number; readonly records: Uint8Array[] }> {
    const { cursor, count } = this.#claim;
    for (let from = cursor; from < count; ) {
      signal.throwIfAborted();
      const limit = Math.min(pageRecords, count - from);
      const position = from;
      const records = await this.alone(() => this.attempt((store, claim) => store.read(claim, position, limit)));
      if (records.length === 0) throw this.#missing('generation', from, count);
      yield { from, records };
      from += records.length;
    }
  }

  /** Stages the records in chunks and commits them, all or nothing. Tried again until the signal is aborted. Resolves with how many. */
  async save(
    request: SaveRequest,
    records: Iterable<Uint8Array>,
    signal: AbortSignal,
    company: Company = 'among others',
  ): Promise<number> {
    const { epoch } = this.#claim;
    let count = 0;
    for (const chunk of chunksOf(records)) {
      const offset = count;
      const stage = () => this.attempt((store, claim) => store.stage(claim, request.saveId, offset, chunk));
      await this.#inClaim(epoch, stage, signal, company);
      count += chunk.length;
    }
    await this.#commit(request, count, epoch, signal, company);
    return count;
  }

  /** As `save`, for records that come page by page. */
  async saveAll(request: SaveRequest, pages: AsyncIterable<Uint8Array[]>, signal: AbortSignal): Promise<number> {
    const { epoch } = this.#claim;
    let count = 0;
    for await (const page of pages) {
      for (const chunk of chunksOf(page)) {
        const offset = count;
        const stage = () => this.attempt((store, claim) => store.stage(claim, request.saveId, offset, chunk));
        await this.#inClaim(epoch, stage, signal, 'among others');
        count += chunk.length;
      }
    }
    await this.#commit(request, count, epoch, signal, 'among others');
    return count;
  }

  async #commit(
    { saveId, mode, journalEnd }: SaveRequest,
    count: number,
    epoch: number,
    signal: AbortSignal,
    company: Company,
  ): Promise<void> {
    const commit = () =>
      this.advance((store, claim) =>
        store.commit(claim, { saveId, mode, count, journalEnd: journalEnd ?? claim.journalStart }),
      );
    await this.#inClaim(epoch, commit, signal, company);
  }

  keepAlive(): Promise<void> {
    return this.alone(() => this.attempt((store, claim) => store.keepAlive(claim)));
  }

  release(): Promise<void> {
    return this.alone(() => this.attempt((store, claim) => store.release(claim)));
  }

  /** What is saved under one claim is nothing under the next. */
  #inClaim<T>(epoch: number, task: () => Promise<T>, signal: AbortSignal, company: Company): Promise<T> {
    const checked = async (): Promise<T> => {
      if (this.#claim.epoch !== epoch) throw new StoreError('STORE_GAP', 'the partition was claimed anew meanwhile');
      return task();
    };
    return this.persist(() => (company === 'alone' ? checked() : this.alone(checked)), signal);
  }

  #missing(what: string, from: number, end: number): StoreError {
    const { cluster, queue, partition } = this.#claim.address;
    const where = `${cluster}/${queue}/${partition}`;
    return new StoreError('STORE_CORRUPT', `${what} of ${where}: nothing at position ${from} of ${end}`);
  }
}

async function persist<T>({ clock, random }: KeeperParts, task: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const backoff = new Backoff(random, firstPauseMs, longestPauseMs);
  for (;;) {
    try {
      return await task();
    } catch (error) {
      const passes = error instanceof StoreError && passing.includes(error.code);
      if (!passes || signal.aborted) throw error;
      await pause(clock, backoff.next(), signal);
      if (signal.aborted) throw error;
    }
  }
}

async function counted<T>(counters: Counters, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const known = error instanceof StoreError ? error : asUnavailable(error);
    counters.add('mqueue_store_errors', known.code);
    throw known;
  }
}

/** A store throws StoreErrors only; whatever else comes is a mistake in it, and no reason to drop items. */
function asUnavailable(cause: unknown): StoreError {
  return new StoreError('STORE_UNAVAILABLE', `the store failed: ${String(cause)}`, { cause });
}
