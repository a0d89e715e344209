import {
  formatItemId,
  itemId,
  recordBytes,
  writeCleared,
  writeDelivered,
  writeItem,
} from '../core/mqueue/item-record.ts';
import type { StoreError } from '../core/mqueue/store-error.ts';
import { FetchCall } from './fetch-call.ts';
import { FetchedItem, type NackOptions } from './fetched-item.ts';
import type { JournalWriter } from './journal-writer.ts';
import type { Entry } from './kept-partition.ts';
import type { Lease } from './lease.ts';
import { QueueError, storeFailure } from './queue-error.ts';
import type { AddAnswer, Doubt, QueueService, ServiceHost } from './queue-service.ts';
import { Removal } from './removal.ts';
import type { Shelf } from './shelf.ts';
import type { Taker } from './taker.ts';

/**
 * Durability `always`. What is done is done in memory at once, so that limits and keys hold for what is under way too; it is answered
 * when the journal has it, and an item is given out only once the journal has it.
 */
export class JournaledService implements QueueService {
  readonly #shelf: Shelf;
  readonly #journal: JournalWriter;
  readonly #host: ServiceHost;

  constructor(shelf: Shelf, journal: JournalWriter, host: ServiceHost) {
    this.#shelf = shelf;
    this.#journal = journal;
    this.#host = host;
  }

  add(key: Uint8Array, value: Uint8Array, delayMs: number, doubt?: Doubt): Promise<AddAnswer> {
    const shelf = this.#shelf;
    const now = shelf.now();
    const record = writeItem(shelf.newItem(key, value, delayMs > 0 ? now + delayMs : 0, now));
    this.#checkJournal(recordBytes(record));
    const outcome = shelf.add(record, now);
    const present = outcome.kind === 'kept' ? outcome.existing.record : record;
    const answer: AddAnswer = { id: formatItemId(itemId(present)), outcome: outcome.kind };
    return new Promise((resolve, reject) => {
      const written = {
        done: () => resolve(answer),
        late: (error: StoreError) => (doubt ?? reject)(this.#failure(error, 'the item may or may not have been added')),
      };
      if (outcome.kind === 'kept') {
        // The item that is there counts once it is stored itself.
        if (this.#isPending(outcome.existing)) this.#journal.whenWritten(written);
        else written.done();
        return;
      }
      this.#journal.put(record, itemId(record).sequence, written);
      if (outcome.kind === 'replaced') shelf.leave(outcome.old);
      this.#host.timed();
    });
  }

  fetch(signal: AbortSignal | undefined): Promise<FetchedItem | undefined> {
    const { trouble } = this.#journal;
    if (trouble !== undefined) return Promise.reject(this.#failure(trouble, 'nothing was fetched'));
    return new Promise((resolve, reject) => {
      const call: FetchCall = new FetchCall(resolve, reject, (): boolean => this.take(call));
      if (!this.take(call)) call.end();
      else if (signal !== undefined) call.listen(signal);
    });
  }

  takeNow(): undefined {
    return undefined;
  }

  take(taker: Taker): boolean {
    const shelf = this.#shelf;
    const now = shelf.now();
    const { leaseMs } = shelf.definition;
    const entry = shelf.lease(now, leaseMs > 0 ? now + leaseMs : Number.POSITIVE_INFINITY);
    if (entry === undefined) return false;
    const journal = entry.mark?.journal ?? this.#journal;
    if (this.#isPending(entry) || journal.trouble !== undefined) {
      shelf.putBack(entry);
      return false;
    }
    if (leaseMs > 0) this.#lend(entry, now + leaseMs, journal, taker);
    else this.#give(entry, taker);
    return true;
  }

  async ack(lease: Lease): Promise<boolean> {
    lease.removal ??= this.#remove(lease);
    if (lease.removal === undefined) return false;
    await lease.removal.heard();
    lease.removal = undefined;
    return true;
  }

  async nack(lease: Lease, { delayMs, counts = true }: NackOptions): Promise<boolean> {
    if (!this.#shelf.closeLease(lease)) return false;
    this.#shelf.tally.count('nacked');
    if (!counts) this.#shelf.uncountDelivery(lease.entry);
    this.#shelf.giveBack(lease.entry, delayMs);
    this.#host.timed();
    this.#host.fetchable();
    return true;
  }

  async clear(): Promise<number> {
    this.#checkJournal(0);
    const entries = this.#shelf.clear();
    const last = new Map<JournalWriter, Entry>();
    for (const entry of entries) last.set(entry.mark?.journal ?? this.#journal, entry);
    const cleared = [...last].map(
      ([journal, { record }]) =>
        new Promise<void>((resolve, reject) => {
          const late = (error: StoreError): void =>
            reject(this.#failure(error, 'the queue is empty, but its items may come again after a restart'));
          journal.put(writeCleared(itemId(record)), -1, { done: resolve, late });
        }),
    );
    for (const entry of entries) this.#shelf.forget(entry);
    await Promise.all(cleared);
    return entries.length;
  }

  /** Out of the queue, after a lease. Undefined when that is over. */
  #remove(lease: Lease): Removal | undefined {
    const shelf = this.#shelf;
    if (!shelf.closeLease(lease)) return undefined;
    const { entry } = lease;
    if (!shelf.take(entry)) return undefined;
    const removal = new Removal(
      () => shelf.tally.count('acked'),
      (error) => this.#failure(error, 'the item is out of the queue, but may come again after a restart'),
    );
    shelf.strike(entry, removal);
    shelf.forget(entry);
    lease.letGo();
    return removal;
  }

  /** Without a lease: the removal is in the journal before the item is given, so that it is never given twice. */
  #give(entry: Entry, taker: Taker): void {
    const shelf = this.#shelf;
    const give = (): void => this.#handOver(entry, undefined, taker);
    shelf.beginLeaving(entry);
    shelf.strike(entry, {
      done: () => {
        const stays = !taker.open;
        shelf.endLeaving(entry, stays);
        if (stays) this.#host.fetchable();
        else give();
      },
      late: (error) => taker.fail(this.#failure(error, 'nothing was fetched')),
    });
  }

  #lend(entry: Entry, until: number, journal: JournalWriter, taker: Taker): void {
    const shelf = this.#shelf;
    const lease = shelf.openLease(entry, until, this);
    journal.put(writeDelivered(itemId(entry.record)), -1, {
      done: () => {
        if (lease.isOver) {
          taker.again();
        } else if (taker.open) {
          shelf.countDelivery(entry);
          this.#handOver(entry, lease, taker);
        } else {
          shelf.putBack(entry);
          this.#host.fetchable();
        }
      },
      late: (error) => taker.fail(this.#failure(error, 'nothing was fetched')),
    });
    this.#host.timed();
  }

  #handOver(entry: Entry, lease: Lease | undefined, taker: Taker): void {
    const item = new FetchedItem(entry.record, this.#shelf.partitionOf(entry), lease);
    this.#shelf.tally.count('fetched');
    this.#host.given(item);
    taker.give(item);
  }

  /** Added here, and not in the journal yet. */
  #isPending({ record, mark }: Entry): boolean {
    return mark === undefined && this.#journal.holds(itemId(record).sequence);
  }

  #checkJournal(bytes: number): void {
    const { trouble } = this.#journal;
    if (trouble !== undefined) {
      this.#shelf.tally.refused('store');
      throw this.#failure(trouble, 'nothing was done');
    }
    if (this.#journal.hasRoom(bytes)) return;
    this.#shelf.tally.refused('store');
    throw new QueueError('QUEUE_FULL', `queue ${this.#name}: too much waits for the store: nothing was done`);
  }

  #failure(error: StoreError, meaning: string): QueueError {
    return storeFailure(this.#name, error, meaning);
  }

  get #name(): string {
    return this.#shelf.definition.name;
  }
}
