import { itemId, writeRemoved } from '../core/mqueue/item-record.ts';
import { StoreError } from '../core/mqueue/store-error.ts';
import type { Log } from '../ports/telemetry.ts';
import { Backoff, pause } from './backoff.ts';
import type { JournalWriter } from './journal-writer.ts';
import type { KeptPartition } from './kept-partition.ts';
import { OutageLog } from './outage-log.ts';
import type { Shelf } from './shelf.ts';
import { newSaveId } from './spill.ts';

const pauseAfterFailureMs = 30_000;

export interface CompactorParts {
  readonly shelf: Shelf;
  readonly log: Log;
  /** A shorter journal is not worth it. */
  readonly compactAbove: number;
  /** Aborted when the queue stops. */
  readonly signal: AbortSignal;
  readonly fenced: (error: StoreError) => void;
}

/** Writes a partition with a journal as a new generation: when its journal has become long, at a stop, and when its store has lost it. */
export class Compactor {
  readonly #parts: CompactorParts;
  readonly #partition: KeptPartition;
  readonly #journal: JournalWriter;
  readonly #outage: OutageLog;
  #running = false;
  #notBefore = 0;

  constructor(parts: CompactorParts, partition: KeptPartition, journal: JournalWriter) {
    this.#parts = parts;
    this.#partition = partition;
    this.#journal = journal;
    this.#outage = new OutageLog(parts.log, partition.keeper.parts.clock);
  }

  /** Begins to write a new generation when the journal is much longer than the queue. */
  checkLength(): void {
    if (this.#running || this.#parts.signal.aborted) return;
    const { keeper } = this.#partition;
    const { content } = this.#parts.shelf;
    const length = this.#journal.next - keeper.claim.journalStart;
    const items = content.size + content.delayed + content.leased;
    if (length <= Math.max(this.#parts.compactAbove, 2 * items) || keeper.parts.clock.now() < this.#notBefore) return;
    void this.compact(this.#parts.signal).catch((error: Error) => {
      this.#notBefore = keeper.parts.clock.now() + pauseAfterFailureMs;
      const { queue } = keeper.claim.address;
      if (keeper.fenced === undefined && !this.#parts.signal.aborted) {
        this.#parts.log.warn('mqueue: the journal could not be shortened', {
          queue,
          records: length,
          error: error.message,
        });
      }
    });
  }

  /**
   * Writes a new generation while adds and fetches go on: it is what the journal makes of the old one up to a position, and what is put
   * into the journal from then on comes behind it.
   */
  async compact(signal: AbortSignal): Promise<void> {
    const { keeper } = this.#partition;
    const { shelf } = this.#parts;
    const isOurs = shelf.isOf(this.#partition);
    const records = [...shelf.records(isOurs, true)];
    const journalEnd = this.#journal.next;
    // Items on their way out may be put back, and keep their places only when the new generation has them: it needs their removal again.
    for (const { record } of shelf.leaving(isOurs)) this.#journal.put(writeRemoved(itemId(record)), -1);
    this.#running = true;
    try {
      await this.#journal.reached(this.#journal.next);
      await keeper.save({ saveId: newSaveId(keeper), mode: 'replace', journalEnd }, records, signal);
    } finally {
      this.#running = false;
    }
  }

  /**
   * The store says that it has not what it had acknowledged, or that somebody else has the partition. In the first case everything is
   * written anew from memory, with what waits for the journal. Resolves with whether it was. Called while the journal has the partition
   * to itself.
   */
  async lost(error: StoreError): Promise<boolean> {
    const { keeper } = this.#partition;
    const { signal, fenced } = this.#parts;
    const backoff = new Backoff(keeper.parts.random, 100, 5_000);
    let cause = error;
    while (cause.code !== 'STORE_FENCED') {
      this.#outage.failed('error', 'mqueue: the store has lost a queue, it is written anew from memory', {
        ...keeper.claim.address,
        error: cause.message,
      });
      try {
        await this.#writeAnew();
        this.#outage.over('mqueue: the queue is in its store again', { ...keeper.claim.address });
        return true;
      } catch (failure) {
        if (!(failure instanceof StoreError)) throw failure;
        if (signal.aborted) return false;
        cause = failure;
        await pause(keeper.parts.clock, backoff.next(), signal);
      }
    }
    fenced(cause);
    return false;
  }

  async #writeAnew(): Promise<void> {
    const { keeper } = this.#partition;
    const { signal } = this.#parts;
    await keeper.persist(() => keeper.reclaim(), signal);
    this.#journal.absorb();
    const records = [...this.#parts.shelf.records(this.#parts.shelf.isOf(this.#partition))];
    const { journalEnd } = keeper.claim;
    await keeper.save({ saveId: newSaveId(keeper), mode: 'replace', journalEnd }, records, signal, 'alone');
    this.#journal.resume(keeper.claim.journalEnd);
  }
}
