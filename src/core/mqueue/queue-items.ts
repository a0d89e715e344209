import { DeadlineHeap } from './deadline-heap.ts';
import { HeldItem } from './held-item.ts';
import { ItemIndex } from './item-index.ts';
import { type ItemId, type ItemParts, itemDueAt, setItemDueAt, writeItem, writeRemoved } from './item-record.ts';
import { PlaceTable } from './place-table.ts';
import { noPosition, type QueueEntry } from './queue-entry.ts';
import { ReadyLine } from './ready-line.ts';
import { idHash, sameId } from './record-likeness.ts';
import type { NewBytes, RecordTest } from './record-slabs.ts';

/**
 * The items of a queue and where each is: ready, delayed or leased. Every item has a place, a number other than 0: above 0 when it is ready
 * or leased, below 0 when it is delayed. It changes only when an item becomes ready or is delayed anew.
 */
export class QueueItems<Mark> {
  readonly line: ReadyLine<Mark>;
  readonly delayed = new DeadlineHeap<HeldItem<Mark>>();
  readonly leases = new DeadlineHeap<HeldItem<Mark>>();
  /** The delayed and the leased ones. */
  readonly #held = new Map<number, HeldItem<Mark>>();
  readonly #leasedIds = new PlaceTable();
  readonly #index: ItemIndex;
  readonly #hasId = (place: number, probe: Uint8Array): boolean => this.#matches(place, probe, sameId);
  #lastDelayed = 0;
  #bytes = 0;
  #leasedBytes = 0;

  constructor(uniqueKeys: boolean, seed: number, newBytes: NewBytes) {
    this.line = new ReadyLine(newBytes);
    this.#index = new ItemIndex(uniqueKeys, seed, (place, probe, alike) => this.#matches(place, probe, alike));
  }

  get count(): number {
    return this.line.size + this.delayed.size + this.leases.size;
  }

  /** Of all records. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Of the records of leased items. */
  get leasedBytes(): number {
    return this.#leasedBytes;
  }

  /** The place of the ready item that came first; of the delayed one that is due first when none is ready; 0 when there is neither. */
  oldest(): number {
    return this.line.front() || (this.delayed.first?.place ?? 0);
  }

  at(place: number): QueueEntry<Mark> | undefined {
    return this.line.at(place) ?? this.#held.get(place);
  }

  isLeased(place: number): boolean {
    return place > 0 && this.#held.has(place);
  }

  /** What the calls below ask for, so that it is computed once. */
  keyHash(item: Uint8Array): number {
    return this.#index.keyHash(item);
  }

  hashOfKey(key: Uint8Array): number {
    return this.#index.hashOfKey(key);
  }

  /** The item with the key of this one, where keys are unique; 0 when there is none. */
  placeLike(item: Uint8Array, hash: number): number {
    return this.#index.placeLike(item, hash);
  }

  /** The item with this key, where keys are unique; 0 when there is none. */
  placeOfKey(key: Uint8Array, hash: number): number {
    return this.#index.placeOfKey(key, hash);
  }

  /** Any item with this id; 0 when there is none. */
  placeOfId(id: ItemId): number {
    const probe = writeRemoved(id);
    // What is replayed from a journal was mostly taken from the front, or is leased.
    const front = this.line.front();
    if (this.#matches(front, probe, sameId)) return front;
    return this.#placeOfLeased(probe) || this.#index.placeOfId(probe, () => this.#places());
  }

  /** A leased item: the one that was given out as this entry, or any with this id. */
  leasedItem(which: ItemId | QueueEntry<Mark>): HeldItem<Mark> | undefined {
    if (which instanceof HeldItem) return this.leases.has(which) ? which : undefined;
    if ('record' in which) return undefined;
    return this.#held.get(this.#placeOfLeased(writeRemoved(which)));
  }

  /** The item that was given out as this entry, be its lease over or not; or any item with this id. 0 when there is none. */
  placeOf(which: ItemId | QueueEntry<Mark>): number {
    if (!(which instanceof HeldItem)) return 'record' in which ? 0 : this.placeOfId(which);
    return this.#matches(which.place, which.record, sameId) ? which.place : 0;
  }

  /** The places of all items for which the test holds. */
  placesWhere(test: (entry: QueueEntry<Mark>) => boolean): number[] {
    const places: number[] = [];
    for (const [place, entry] of this.line.after(0)) if (test(entry)) places.push(place);
    for (const [place, item] of this.#held) if (test(item)) places.push(place);
    return places;
  }

  /** Behind all others, or to the delayed ones when it is not due. `owned`: nobody else writes the bytes of the record. */
  put(entry: QueueEntry<Mark>, owned: boolean, hash: number, now: number): void {
    const { record } = entry;
    this.#bytes += record.length;
    const dueAt = itemDueAt(record);
    const place = dueAt > now ? this.#delay(entry, dueAt) : this.line.push(entry, owned);
    this.#index.move(record, hash, 0, place);
  }

  /** As `put`, for a new item, whose record is still to be written: `length` bytes. */
  write(parts: ItemParts, length: number, hash: number, now: number): void {
    this.#bytes += length;
    const { dueAt } = parts;
    const place = dueAt > now ? this.#delay(entryOf(parts), dueAt) : this.line.write(parts, length);
    this.#index.enter(parts, hash, place);
  }

  /** Removes the item that `at` gave for a place. */
  remove(place: number, { record }: QueueEntry<Mark>, hash: number): void {
    if (place < 0) this.#endDelay(place);
    else if (!this.line.remove(place)) this.#endLease(place);
    this.#bytes -= record.length;
    this.#index.move(record, hash, place, 0);
  }

  /** Gives the ready item at this place out, the first one when none is named. */
  lease(until: number, place = this.line.front()): HeldItem<Mark> | undefined {
    const entry = this.line.at(place);
    if (entry === undefined) return undefined;
    this.line.remove(place);
    const item = new HeldItem(entry, place);
    this.#held.set(place, item);
    this.leases.push(item, until);
    this.#leasedIds.move(idHash(item.record), 0, place);
    this.#leasedBytes += item.record.length;
    return item;
  }

  /** Puts a leased item back to its place among the ready ones. */
  giveBack({ place }: HeldItem<Mark>): void {
    const item = this.#endLease(place);
    if (item !== undefined) this.line.putBack(place, item);
  }

  /** The lease of an item ends no more by itself. */
  withhold(item: HeldItem<Mark>): void {
    this.leases.remove(item);
    this.leases.push(item, Number.POSITIVE_INFINITY);
  }

  /** Puts a leased item to the delayed ones; that it is due then stands in its record from now on. */
  postpone({ place }: HeldItem<Mark>, dueAt: number): void {
    const item = this.#endLease(place);
    if (item === undefined) return;
    setItemDueAt(item.record, dueAt);
    this.#index.move(item.record, this.keyHash(item.record), place, this.#delay(item, dueAt));
  }

  /** Delayed items that are due go behind the ready ones. */
  admit(now: number): void {
    for (let item = this.delayed.popDue(now); item !== undefined; item = this.delayed.popDue(now)) {
      this.#held.delete(item.place);
      const { record, place } = item;
      this.#index.move(record, this.keyHash(record), place, this.line.push(item));
    }
  }

  /** The leased and the ready ones in the order of their places, then the delayed ones as they are due. */
  *all(): Generator<QueueEntry<Mark>> {
    const leased = this.leases.sorted().sort((one, other) => one.place - other.place);
    let next = 0;
    for (const [place, entry] of this.line.after(0)) {
      while (next < leased.length && leased[next]!.place < place) yield leased[next++]!;
      yield entry;
    }
    yield* leased.slice(next);
    yield* this.delayed.sorted();
  }

  clear(): void {
    this.line.clear();
    this.delayed.clear();
    this.leases.clear();
    this.#held.clear();
    this.#leasedIds.clear();
    this.#index.clear();
    this.#bytes = 0;
    this.#leasedBytes = 0;
  }

  #placeOfLeased(probe: Uint8Array): number {
    return this.#leasedIds.find(idHash(probe), probe, this.#hasId);
  }

  #matches(place: number, probe: Uint8Array, alike: RecordTest): boolean {
    if (this.line.matches(place, probe, alike)) return true;
    const item = this.#held.get(place);
    return item !== undefined && alike(item.record, 0, probe);
  }

  #delay(entry: QueueEntry<Mark>, dueAt: number): number {
    const item = new HeldItem(entry, --this.#lastDelayed);
    this.#held.set(item.place, item);
    this.delayed.push(item, dueAt);
    return item.place;
  }

  #endDelay(place: number): void {
    const item = this.#held.get(place);
    if (item === undefined) return;
    this.#held.delete(place);
    this.delayed.remove(item);
  }

  #endLease(place: number): HeldItem<Mark> | undefined {
    const item = this.#held.get(place);
    if (item === undefined) return undefined;
    this.#held.delete(place);
    this.leases.remove(item);
    this.#leasedIds.move(idHash(item.record), place, 0);
    this.#leasedBytes -= item.record.length;
    return item;
  }

  *#places(): Generator<readonly [number, Uint8Array]> {
    for (const [place, { record }] of this.line.after(0)) yield [place, record];
    for (const [place, { record }] of this.#held) yield [place, record];
  }
}

function entryOf(parts: ItemParts): QueueEntry<never> {
  return { record: writeItem(parts), mark: undefined, position: noPosition };
}
