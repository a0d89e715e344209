import type { ByteBudget } from '../core/mqueue/byte-budget.ts';
import {
  type ItemParts,
  itemDeliveries,
  itemId,
  maxItemBytes,
  setItemDeliveries,
  writePostponed,
  writeRemoved,
  writeUndelivered,
} from '../core/mqueue/item-record.ts';
import { type AddOutcome, type FullReason, Mqueue, type NewBytes } from '../core/mqueue/mqueue.ts';
import type { MqueueDefinition } from '../core/mqueue/mqueue-definition.ts';
import { noPosition } from '../core/mqueue/queue-entry.ts';
import { type Bury, DeadLetters } from './dead-letters.ts';
import type { Written } from './journal-writer.ts';
import type { Entry, KeptPartition } from './kept-partition.ts';
import type { Lease, LeaseDesk } from './lease.ts';
import { LeaseBook } from './lease-book.ts';
import { QueueError } from './queue-error.ts';
import type { QueueTally } from './queue-tally.ts';

export interface ShelfParts {
  readonly definition: MqueueDefinition;
  /** The name of this node's partition. */
  readonly partition: string;
  readonly budget: ByteBudget;
  /** For the hashes of keys: a number that strangers don't know. */
  readonly seed: number;
  readonly newBytes: NewBytes;
  /** Milliseconds of the wall clock that never jump. */
  readonly now: () => number;
  readonly tally: QueueTally;
  /** Takes an item that had `max_deliveries`. Undefined: such an item is dropped. */
  readonly bury: Bury | undefined;
}

/** What became of an add that was not refused. */
type Added = Exclude<AddOutcome<KeptPartition>, { kind: 'refused' }>;

/** The items of one queue, who has them under a lease, and which partition of a store has to hear of them. */
export class Shelf {
  readonly content: Mqueue<KeptPartition>;
  readonly now: () => number;
  readonly tally: QueueTally;
  readonly #parts: ShelfParts;
  readonly #leases = new LeaseBook();
  /** Undefined where there is no dead-letter queue. */
  readonly #deadLetters: DeadLetters | undefined;
  /** Their removal is on its way into the journal. */
  readonly #leaving = new Set<Entry>();
  readonly #partitions = new Set<KeptPartition>();
  #own: KeptPartition | undefined;
  #epoch: number;
  #sequence = 0;
  #isFrozen = false;

  constructor(parts: ShelfParts) {
    const { definition, budget, seed, newBytes, bury } = parts;
    const whenFull = definition.durability === 'always' ? 'refuse' : 'drop_oldest';
    this.#parts = parts;
    this.#deadLetters = bury && new DeadLetters({ bury, buried: (entry) => this.#letDie(entry) });
    this.now = parts.now;
    this.tally = parts.tally;
    this.content = new Mqueue<KeptPartition>({ ...definition, whenFull }, budget, seed, newBytes);
    // Ids differ from one life of the process to the next, also where no store counts the lives.
    this.#epoch = Math.floor(parts.now() / 1_000);
  }

  get definition(): MqueueDefinition {
    return this.#parts.definition;
  }

  get own(): KeptPartition | undefined {
    return this.#own;
  }

  /** The partitions whose items are here. */
  partitions(): ReadonlySet<KeptPartition> {
    return this.#partitions;
  }

  /** Adopted beside the own one. */
  addPartition(partition: KeptPartition): void {
    this.#partitions.add(partition);
  }

  removePartition(partition: KeptPartition): void {
    this.#partitions.delete(partition);
  }

  /** From now on items are added under the claim of this partition. */
  setOwn(own: KeptPartition): void {
    this.#own = own;
    this.#partitions.add(own);
    this.#epoch = own.keeper.claim.epoch;
  }

  /** A new item, with an id of its own. Throws a QueueError when it is too large. */
  newItem(key: Uint8Array, value: Uint8Array, dueAt: number, now: number): ItemParts {
    if (key.length + value.length > maxItemBytes) throw this.#refused('too_large');
    const sequence = this.#sequence++;
    return { epoch: this.#epoch, sequence, addedAt: now, dueAt, key, value };
  }

  /** Adds a new item; what had to make room has left the queue. Throws a QueueError when it is refused. */
  addNew(parts: ItemParts, now: number): Added {
    return this.#added(this.content.addNew(parts, now));
  }

  /** As `addNew`, for one whose record is wanted elsewhere too. */
  add(record: Uint8Array, now: number): Added {
    return this.#added(this.content.add({ record, mark: undefined, position: noPosition }, now));
  }

  #added(outcome: AddOutcome<KeptPartition>): Added {
    if (outcome.kind === 'refused') throw this.#refused(outcome.why);
    this.tally.count(outcome.kind);
    if (outcome.kind === 'kept') return outcome;
    if (outcome.kind === 'replaced') this.#leases.end(outcome.old);
    for (const dropped of outcome.dropped) {
      this.tally.dropped(outcome.droppedFor ?? 'size');
      this.leave(dropped);
    }
    return outcome;
  }

  /** Puts what was read from a store behind what is there. Throws a QueueError when the memory for it is used up. */
  restore(record: Uint8Array, partition: KeptPartition, position: number, now: number): void {
    const entry = { record, mark: partition, position };
    const outcome = this.content.restore(entry, now);
    if (outcome.kind === 'refused') {
      throw new QueueError(
        'QUEUE_FULL',
        `queue ${this.definition.name}: what is stored does not fit mqueue_total_bytes`,
      );
    }
    partition.held += 1;
    if (outcome.kind === 'kept') this.leave(entry);
    if (outcome.kind === 'replaced') this.leave(outcome.old);
  }

  /** The oldest item, out of the queue. Whose lifetime is over is thrown away first. */
  fetch(now: number): Entry | undefined {
    if (this.definition.ttlMs > 0) this.#expireItems(now);
    return this.content.fetch(now);
  }

  /** The oldest item for somebody, as `fetch` chooses it; it stays here until `leave`. None once all leases have been ended. */
  lease(now: number, until: number): Entry | undefined {
    if (this.#isFrozen) return undefined;
    if (this.definition.ttlMs > 0) this.#expireItems(now);
    for (;;) {
      const entry = this.content.lease(now, until);
      if (entry === undefined || !this.#isExhausted(entry)) return entry;
      // It was read while it was delayed, and had a higher `max_deliveries` then.
      this.content.withhold(entry);
      this.#bury(entry);
    }
  }

  /** What was read and has been given out often enough goes to the dead letters: its last lease ended with another process. */
  buryExhausted(): void {
    if (this.definition.maxDeliveries === 0) return;
    for (const entry of this.content.withholdWhere((each) => this.#isExhausted(each))) this.#bury(entry);
  }

  openLease(entry: Entry, until: number, desk: LeaseDesk): Lease {
    return this.#leases.open(entry, until, desk);
  }

  /** Somebody gets the item under its lease: that is a delivery. */
  countDelivery(entry: Entry): void {
    if (this.#leases.countDelivery(entry) > 1) this.tally.count('redelivered');
  }

  /** Ends a lease for good. False when it was over. */
  closeLease(lease: Lease): boolean {
    if (lease.isOver) return false;
    this.#leases.end(lease.entry);
    return true;
  }

  /** Nobody has had the item, although its delivery was counted. */
  uncountDelivery({ record, mark }: Entry): void {
    setItemDeliveries(record, Math.max(0, itemDeliveries(record) - 1));
    (mark ?? this.#own)?.journal?.put(writeUndelivered(itemId(record)), -1);
  }

  /** Back to where it was, or among the delayed ones; to the dead letters when it has been given out often enough. */
  giveBack(entry: Entry, delayMs?: number): void {
    if (this.#isExhausted(entry)) {
      if (this.content.withhold(entry)) this.#bury(entry);
      return;
    }
    const dueAt = delayMs !== undefined && delayMs > 0 ? this.now() + delayMs : undefined;
    if (this.content.nack(entry, dueAt) === undefined || dueAt === undefined) return;
    (entry.mark ?? this.#own)?.journal?.put(writePostponed(itemId(entry.record), dueAt), -1);
  }

  /** Back to where it was, as if nobody had taken it. */
  putBack(entry: Entry): void {
    this.#endUnseen(entry);
    this.content.nack(entry);
  }

  /** Ends a lease. What was lent and never given out is in the journal as delivered all the same: that is taken back. */
  #endUnseen(entry: Entry): void {
    const lease = this.#leases.end(entry);
    if (lease === undefined || lease.isCounted) return;
    (entry.mark ?? this.#own)?.journal?.put(writeUndelivered(itemId(entry.record)), -1);
  }

  /** Out of the queue, after a lease. False when it was not there any more. */
  take(entry: Entry): boolean {
    return this.content.ack(entry) !== undefined;
  }

  /** Its store hears that the item, which is out of the queue, has left it. */
  leave(entry: Entry): void {
    this.strike(entry);
    this.forget(entry);
  }

  /** The store of an item hears that it leaves; `written` tells when it has heard. */
  strike({ record, mark, position }: Entry, written?: Written): void {
    const partition = mark ?? this.#own;
    if (partition === undefined) written?.done();
    else if (partition.journal !== undefined) partition.journal.put(writeRemoved(itemId(record)), -1, written);
    else if (position !== noPosition) partition.cursor?.consume(position);
  }

  /** The item is here no more: one less of those that were read from its partition. */
  forget(entry: Entry): void {
    const { mark } = entry;
    this.#leaving.delete(entry);
    this.#deadLetters?.forget(entry);
    if (mark === undefined) return;
    mark.held -= 1;
    if (mark.held === 0) mark.emptied();
  }

  /** The removal of an item that is still here goes into the journal: it is in no snapshot any more. */
  beginLeaving(entry: Entry): void {
    this.#leaving.add(entry);
  }

  /** The journal has its removal. Nobody wants it after all (`stays`): it lies in front again, and goes back into the journal. */
  endLeaving(entry: Entry, stays: boolean): void {
    this.#leaving.delete(entry);
    if (!stays) {
      if (this.take(entry)) this.forget(entry);
    } else if (this.content.nack(entry) !== undefined) {
      const partition = entry.mark ?? this.#own;
      const record = entry.record.slice();
      partition?.unstored.add(record);
      partition?.journal?.put(record, -1, { done: () => partition.unstored.delete(record), late: () => {} });
    }
  }

  /** Ends leases and lifetimes whose time has come. */
  expire(): void {
    const now = this.now();
    const isExhausted = (entry: Entry): boolean => this.#isExhausted(entry);
    for (const entry of this.content.expireLeases(now, isExhausted)) {
      this.#endUnseen(entry);
      if (isExhausted(entry)) this.#bury(entry);
    }
    this.#expireItems(now);
  }

  #expireItems(now: number): void {
    for (const entry of this.content.expireItems(now)) {
      this.tally.count('expired');
      this.leave(entry);
    }
  }

  /** All leases are over, and no more can be said about them. */
  endLeases(): void {
    this.#isFrozen = true;
    this.#leases.endAll();
  }

  /** All items out of the queue; their leases are over. Their stores have heard nothing yet. */
  clear(): Entry[] {
    const entries = this.content.clear();
    for (const entry of entries) this.#leases.end(entry);
    this.#deadLetters?.clear();
    return entries;
  }

  /** Items of a partition out of the queue, of which its store shall hear nothing: it belongs to somebody else. */
  discard(partition: KeptPartition): void {
    for (const entry of this.content.removeWhere(({ mark }) => mark === partition)) {
      this.#leases.end(entry);
      this.#leaving.delete(entry);
      this.#deadLetters?.forget(entry);
    }
    partition.unstored.clear();
    partition.held = 0;
    this.#partitions.delete(partition);
  }

  /** The records that are to be saved, oldest first; those that are on their way out only where `whole` says so. */
  *records(which: (entry: Entry) => boolean, whole = false): Generator<Uint8Array> {
    for (const entry of this.content.all()) {
      if (!which(entry) || (!whole && this.#leaving.has(entry))) continue;
      yield this.#leases.recordOf(entry);
    }
  }

  /** Items whose removal is on its way into the journal, and that nobody has got. */
  leaving(which: (entry: Entry) => boolean): Entry[] {
    return [...this.#leaving].filter(which);
  }

  /** The name of the partition that an item belongs to. */
  partitionOf({ mark }: Entry): string {
    return mark?.keeper.claim.address.partition ?? this.#parts.partition;
  }

  /** Every item as it is at this moment, partition after partition, with the name of its partition. */
  snapshot(): (readonly [record: Uint8Array, partition: string])[] {
    const partitions = new Set([...this.#partitions, this.#own]);
    return [...partitions].flatMap((mark) => {
      const name = mark?.keeper.claim.address.partition ?? this.#parts.partition;
      return Array.from(this.records(this.isOf(mark)), (record) => [record, name] as const);
    });
  }

  /** Whether an item belongs to this partition. What was added here belongs to the own one. */
  isOf(partition: KeptPartition | undefined): (entry: Entry) => boolean {
    return ({ mark }) => (mark ?? this.#own) === partition;
  }

  /** Those whose removal may or may not be in the journal are to be saved too. */
  keepDoubtful(which: (entry: Entry) => boolean): void {
    for (const entry of this.leaving(which)) this.#leaving.delete(entry);
  }

  #isExhausted({ record }: Entry): boolean {
    const { maxDeliveries } = this.definition;
    return maxDeliveries > 0 && itemDeliveries(record) >= maxDeliveries;
  }

  #bury(entry: Entry): void {
    if (this.#deadLetters === undefined) this.#letDie(entry);
    else this.#deadLetters.add(entry);
  }

  #letDie(entry: Entry): void {
    this.tally.count('deadLettered');
    if (this.take(entry)) this.leave(entry);
  }

  #refused(why: FullReason | 'too_large'): QueueError {
    const { name } = this.definition;
    this.tally.refused(why);
    if (why === 'too_large')
      return new QueueError('ITEM_TOO_LARGE', `queue ${name}: the item is larger than the queue may be`);
    return new QueueError('QUEUE_FULL', `queue ${name} is full (${why}): the item was not added`);
  }
}
