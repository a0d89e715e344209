import type { ByteBudget } from './byte-budget.ts';
import { type ItemId, type ItemParts, itemAddedAt, itemBytes } from './item-record.ts';
import type { AddMode } from './mqueue-definition.ts';
import type { QueueEntry } from './queue-entry.ts';
import { QueueItems } from './queue-items.ts';
import type { NewBytes } from './record-slabs.ts';

export type { QueueEntry } from './queue-entry.ts';
export type { NewBytes } from './record-slabs.ts';

/** Bytes that an item takes beside its record, about; they count in the budget of all queues. */
export const itemOverheadBytes = 128;

/** What a queue allows; every default is filled in. */
export interface MqueueLimits {
  /** Items at most, the delayed and the leased ones included; 0 is no limit. */
  readonly size: number;
  /** Bytes of the records at most. */
  readonly maxBytes: number;
  readonly addMode: AddMode;
  /** What an add does for which there is no room. */
  readonly whenFull: 'drop_oldest' | 'refuse';
  /** Milliseconds from the add until an item is thrown away; 0 is never. */
  readonly ttlMs: number;
}

/** The limit that an add hit: items of the queue, its bytes, or the bytes of all queues together. */
export type FullReason = 'size' | 'bytes' | 'total_bytes';

/** What an add dropped: the oldest, to make room, because of the limit `droppedFor`. */
interface Dropped<Mark> {
  readonly dropped: readonly QueueEntry<Mark>[];
  readonly droppedFor: FullReason | undefined;
}

/** What became of an add. */
export type AddOutcome<Mark> =
  | ({ readonly kind: 'added' } & Dropped<Mark>)
  | ({ readonly kind: 'replaced'; readonly old: QueueEntry<Mark> } & Dropped<Mark>)
  | { readonly kind: 'kept'; readonly existing: QueueEntry<Mark> }
  | { readonly kind: 'refused'; readonly why: FullReason | 'too_large' };

/** Some ready items, and the token of the page behind them; undefined when nothing is there yet. */
export interface QueuePage<Mark> {
  readonly entries: QueueEntry<Mark>[];
  readonly next: number | undefined;
}

/** What an add looks at. */
type Limits = Pick<MqueueLimits, 'size' | 'maxBytes' | 'whenFull'>;

const clearedBytes: NewBytes = (length) => new Uint8Array(length);
const none: readonly never[] = [];
const added: AddOutcome<never> = { kind: 'added', dropped: none, droppedFor: undefined };
const tooLarge: AddOutcome<never> = { kind: 'refused', why: 'too_large' };
const unlimited: Limits = { size: 0, maxBytes: Number.POSITIVE_INFINITY, whenFull: 'refuse' };

/**
 * One queue in memory: ready items in the order in which they came; delayed ones, which join them when they are due; and leased ones, which
 * are given out and go back to their place when nobody acknowledges them in time. Times are milliseconds of the wall clock and are
 * handed in: what is due happens in the first call that is told a later time.
 *
 * Records that are added are copied. One that is given out may share its bytes with others: it is read only and is never transferred.
 * However long the queue is, a call for one item costs the same in every mode, or O(log n) where delays and leases are ordered by time.
 */
export class Mqueue<Mark> {
  readonly #limits: MqueueLimits;
  readonly #budget: ByteBudget;
  readonly #items: QueueItems<Mark>;

  /**
   * `seed`: any number that strangers don't know, so that they can't choose keys whose hashes meet. `newBytes`: where memory comes from;
   * it need not be cleared.
   */
  constructor(limits: MqueueLimits, budget: ByteBudget, seed = 0, newBytes: NewBytes = clearedBytes) {
    this.#limits = limits;
    this.#budget = budget;
    this.#items = new QueueItems(limits.addMode !== 'append', seed, newBytes);
  }

  /** Items that can be fetched. */
  get size(): number {
    return this.#items.line.size;
  }

  get delayed(): number {
    return this.#items.delayed.size;
  }

  get leased(): number {
    return this.#items.leases.size;
  }

  /** Bytes of the records of all items: ready, delayed and leased. */
  get bytes(): number {
    return this.#items.bytes;
  }

  /** When the first ready item was added; undefined when none is ready. */
  oldestAddedAt(): number | undefined {
    const { line } = this.#items;
    const first = line.at(line.front());
    return first && itemAddedAt(first.record);
  }

  /**
   * Puts a new item behind the others. Room is made by dropping the oldest ready ones, then the delayed ones that are due first, never
   * leased ones. `too_large`: alone it is beyond a limit. A leased item that is replaced is gone: to acknowledge it finds nothing.
   */
  add(entry: QueueEntry<Mark>, now: number): AddOutcome<Mark> {
    if (entry.record.length > this.#limits.maxBytes) return tooLarge;
    return this.#enter(entry, false, now, this.#limits);
  }

  /** As `add`, for an item that has no record yet. Throws a RangeError when none can be made of it. */
  addNew(parts: ItemParts, now: number): AddOutcome<Mark> {
    const bytes = itemBytes(parts);
    if (bytes > this.#limits.maxBytes) return tooLarge;
    const items = this.#items;
    items.admit(now);
    const hash = items.hashOfKey(parts.key);
    const outcome = this.#makeWay(bytes, items.placeOfKey(parts.key, hash), hash, this.#limits);
    if (isIn(outcome)) items.write(parts, bytes, hash, now);
    return outcome;
  }

  /**
   * Puts an item from a store behind the others; its record is the queue's from now on, and may stay where it is. Of the limits, only that
   * of all queues together is kept; nothing is dropped.
   */
  restore(entry: QueueEntry<Mark>, now: number): AddOutcome<Mark> {
    return this.#enter(entry, true, now, unlimited);
  }

  /** Removes the oldest ready item. Whose time to live is over is not left out: `expireItems` comes first. */
  fetch(now: number): QueueEntry<Mark> | undefined {
    this.#items.admit(now);
    return this.#take(this.#items.line.front());
  }

  /** Gives the oldest ready item out until a time. Its key stays taken; its record is the item's own, deliveries may be set in it. */
  lease(now: number, until: number): QueueEntry<Mark> | undefined {
    this.#items.admit(now);
    return this.#items.lease(until);
  }

  /**
   * Removes a leased item; undefined when that lease is over. By the entry that `lease` gave it is that very lease; by id it is any of
   * that id, and those of two partitions may have the same.
   */
  ack(which: ItemId | QueueEntry<Mark>): QueueEntry<Mark> | undefined {
    const item = this.#items.leasedItem(which);
    return item && this.#take(item.place);
  }

  /**
   * Puts a leased item back to its place: in front of what was not given out, and among what was, in the old order. With `dueAt` to the
   * delayed ones. Undefined when the lease is over; `which` as for `ack`.
   */
  nack(which: ItemId | QueueEntry<Mark>, dueAt?: number): QueueEntry<Mark> | undefined {
    const item = this.#items.leasedItem(which);
    if (item === undefined) return undefined;
    if (dueAt === undefined) this.#items.giveBack(item);
    else this.#items.postpone(item, dueAt);
    return item;
  }

  /**
   * Removes an item, wherever it is: by id one with that id, and two partitions may have the same; by the entry that `lease` gave that very
   * item, as long as it was not delayed or leased anew since.
   */
  remove(which: ItemId | QueueEntry<Mark>): QueueEntry<Mark> | undefined {
    return this.#take(this.#items.placeOf(which));
  }

  /** Removes all items for which the test holds. */
  removeWhere(test: (entry: QueueEntry<Mark>) => boolean): QueueEntry<Mark>[] {
    return this.#items.placesWhere(test).map((place) => this.#take(place)!);
  }

  /** A leased item that is not to be given out again stays, and counts, as leased until it is acknowledged or removed. False when its lease is over. */
  withhold(which: ItemId | QueueEntry<Mark>): boolean {
    const item = this.#items.leasedItem(which);
    if (item !== undefined) this.#items.withhold(item);
    return item !== undefined;
  }

  /** Ready items for which the test holds are withheld as `withhold` does, the oldest first. */
  withholdWhere(test: (entry: QueueEntry<Mark>) => boolean): QueueEntry<Mark>[] {
    const withheld: QueueEntry<Mark>[] = [];
    for (const [place, entry] of this.#items.line.after(0)) {
      if (test(entry)) withheld.push(this.#items.lease(Number.POSITIVE_INFINITY, place)!);
    }
    return withheld;
  }

  /**
   * Ends the leases that are over. The items are back in their places, but those for which `stays` holds are withheld; given are all of
   * them, the oldest first.
   */
  expireLeases(now: number, stays: (entry: QueueEntry<Mark>) => boolean = () => false): QueueEntry<Mark>[] {
    const { leases } = this.#items;
    this.#items.admit(now);
    const over = [];
    while (leases.firstAt !== undefined && leases.firstAt <= now) {
      const item = leases.first!;
      over.push(item);
      if (stays(item)) this.#items.withhold(item);
      else this.#items.giveBack(item);
    }
    return over.sort((one, other) => one.place - other.place);
  }

  /**
   * Removes the ready items whose time to live is over, from the front: one that is younger keeps those behind it. Leased and delayed
   * ones stay until they are ready.
   */
  expireItems(now: number): QueueEntry<Mark>[] {
    const { ttlMs } = this.#limits;
    const { line } = this.#items;
    this.#items.admit(now);
    const over: QueueEntry<Mark>[] = [];
    while (ttlMs > 0 && line.size > 0 && this.oldestAddedAt()! + ttlMs <= now) over.push(this.#take(line.front())!);
    return over;
  }

  /** When a delayed item is due, a lease ends, or the first item's time to live does, whichever is first. */
  nextEventAt(): number | undefined {
    const { delayed, leases, line } = this.#items;
    const { ttlMs } = this.#limits;
    const ttlEnd = ttlMs > 0 && line.size > 0 ? this.oldestAddedAt()! + ttlMs : Number.POSITIVE_INFINITY;
    const at = Math.min(
      delayed.firstAt ?? Number.POSITIVE_INFINITY,
      leases.firstAt ?? Number.POSITIVE_INFINITY,
      ttlEnd,
    );
    return at === Number.POSITIVE_INFINITY ? undefined : at;
  }

  /** Up to `limit` ready items behind a page's token, the oldest first. Tokens stay right whatever is added and removed between pages. */
  peek(after: number | undefined, limit: number): QueuePage<Mark> {
    const entries: QueueEntry<Mark>[] = [];
    let last: number | undefined;
    for (const [place, entry] of this.#items.line.after(after ?? 0)) {
      if (entries.length >= limit) return { entries, next: last ?? after };
      entries.push(entry);
      last = place;
    }
    return { entries, next: undefined };
  }

  /** All items as they are to be saved: leased and ready ones in their places, then delayed ones. Whole when the queue does not change meanwhile. */
  all(): Iterable<QueueEntry<Mark>> {
    return this.#items.all();
  }

  /** Removes all items, the delayed and the leased ones too. */
  clear(): QueueEntry<Mark>[] {
    const all = [...this.#items.all()];
    this.#budget.give(this.#items.bytes + all.length * itemOverheadBytes);
    this.#items.clear();
    return all;
  }

  #enter(entry: QueueEntry<Mark>, owned: boolean, now: number, limits: Limits): AddOutcome<Mark> {
    const { record } = entry;
    const items = this.#items;
    items.admit(now);
    const hash = items.keyHash(record);
    const outcome = this.#makeWay(record.length, items.placeLike(record, hash), hash, limits);
    if (isIn(outcome)) items.put(entry, owned, hash, now);
    return outcome;
  }

  /** What becomes of an item of so many bytes. When it is to come in there is room for it, and nothing with its key at `place` any more. */
  #makeWay(bytes: number, place: number, hash: number, limits: Limits): AddOutcome<Mark> {
    const items = this.#items;
    if (bytes + itemOverheadBytes > this.#budget.limit) return tooLarge;
    const old = place === 0 ? undefined : items.at(place);
    if (old !== undefined && this.#limits.addMode === 'keep_old') return { kind: 'kept', existing: old };
    const oldBytes = old === undefined ? 0 : old.record.length;
    const reason = this.#excess(items.count + (old === undefined ? 1 : 0), items.bytes - oldBytes + bytes, limits);
    if (reason !== undefined) {
      if (limits.whenFull === 'refuse') return { kind: 'refused', why: reason };
      // Leased ones stay, whatever is dropped.
      const gone = items.isLeased(place);
      const why = this.#excess(
        items.leases.size + (gone ? 0 : 1),
        items.leasedBytes - (gone ? oldBytes : 0) + bytes,
        limits,
      );
      if (why !== undefined) return { kind: 'refused', why };
    }
    if (old !== undefined) this.#remove(place, old, hash);
    const dropped = reason === undefined ? none : this.#makeRoom(bytes, limits);
    this.#budget.take(bytes + itemOverheadBytes);
    if (old !== undefined) return { kind: 'replaced', old, dropped, droppedFor: reason };
    return reason === undefined ? added : { kind: 'added', dropped, droppedFor: reason };
  }

  #makeRoom(bytes: number, limits: Limits): QueueEntry<Mark>[] {
    const items = this.#items;
    const dropped: QueueEntry<Mark>[] = [];
    while (this.#excess(items.count + 1, items.bytes + bytes, limits) !== undefined) {
      dropped.push(this.#take(items.oldest())!);
    }
    return dropped;
  }

  /** The limit that is passed when the queue holds so many items of so many bytes. */
  #excess(count: number, bytes: number, limits: Limits): FullReason | undefined {
    if (limits.size > 0 && count > limits.size) return 'size';
    if (bytes > limits.maxBytes) return 'bytes';
    const more = bytes - this.#items.bytes + (count - this.#items.count) * itemOverheadBytes;
    return this.#budget.used + more > this.#budget.limit ? 'total_bytes' : undefined;
  }

  #take(place: number): QueueEntry<Mark> | undefined {
    const entry = this.#items.at(place);
    if (entry !== undefined) this.#remove(place, entry, this.#items.keyHash(entry.record));
    return entry;
  }

  #remove(place: number, entry: QueueEntry<Mark>, hash: number): void {
    this.#items.remove(place, entry, hash);
    this.#budget.give(entry.record.length + itemOverheadBytes);
  }
}

/** Whether the item is to be put where way was made for it. */
function isIn({ kind }: AddOutcome<unknown>): boolean {
  return kind === 'added' || kind === 'replaced';
}
