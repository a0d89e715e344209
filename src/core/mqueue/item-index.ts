import { type ItemId, writeRemoved } from './item-record.ts';
import { PlaceTable } from './place-table.ts';
import { hashOfKey, hasKey, idHash, keyHash, sameId, sameKey } from './record-likeness.ts';
import type { RecordTest } from './record-slabs.ts';

/** Whether the item at a place is like a record. */
type PlaceTest = (place: number, probe: Uint8Array, alike: RecordTest) => boolean;

/**
 * Finds the places of items by key, where keys are unique, and by id. Ids are asked for seldom and mostly at the start, so the index
 * of ids is made when one is asked for, and forgotten when none has been asked for while the queue changed twice over.
 */
export class ItemIndex {
  readonly #seed: number;
  readonly #keys: PlaceTable | undefined;
  readonly #isLike: (place: number, item: Uint8Array) => boolean;
  readonly #hasKey: (place: number, key: Uint8Array) => boolean;
  readonly #hasId: (place: number, record: Uint8Array) => boolean;
  #ids: PlaceTable | undefined;
  /** So many changes more, and the index of ids goes. */
  #patience = 0;

  /** `seed`: any number that others don't know. */
  constructor(unique: boolean, seed: number, test: PlaceTest) {
    this.#seed = seed;
    this.#keys = unique ? new PlaceTable() : undefined;
    this.#isLike = (place, item) => test(place, item, sameKey);
    this.#hasKey = (place, key) => test(place, key, hasKey);
    this.#hasId = (place, record) => test(place, record, sameId);
  }

  /** The hash of a record's key that the other calls ask for, so that it is computed once; 0 when keys are not unique. */
  keyHash(item: Uint8Array): number {
    return this.#keys === undefined ? 0 : keyHash(item, this.#seed);
  }

  /** The same from a key alone. */
  hashOfKey(key: Uint8Array): number {
    return this.#keys === undefined ? 0 : hashOfKey(key, this.#seed);
  }

  /** The place of the item with the key of this one; 0 when there is none or keys are not unique. */
  placeLike(item: Uint8Array, hash: number): number {
    return this.#keys === undefined ? 0 : this.#keys.find(hash, item, this.#isLike);
  }

  /** The place of the item with this key; 0 when there is none or keys are not unique. */
  placeOfKey(key: Uint8Array, hash: number): number {
    return this.#keys === undefined ? 0 : this.#keys.find(hash, key, this.#hasKey);
  }

  /** The place of an item with the id in a record; 0 when there is none. `all` gives every place and its record. */
  placeOfId(record: Uint8Array, all: () => Iterable<readonly [number, Uint8Array]>): number {
    this.#ids ??= this.#indexIds(all());
    return this.#ids.find(idHash(record), record, this.#hasId);
  }

  /** An item has another place. `from` 0: it is new; `to` 0: it is gone. */
  move(item: Uint8Array, hash: number, from: number, to: number): void {
    this.#keys?.move(hash, from, to);
    if (this.#ids !== undefined) this.#moveId(this.#ids, idHash(item), from, to);
  }

  /** A new item with this id has a place. */
  enter(id: ItemId, hash: number, place: number): void {
    this.#keys?.move(hash, 0, place);
    if (this.#ids !== undefined) this.#moveId(this.#ids, idHash(writeRemoved(id)), 0, place);
  }

  clear(): void {
    this.#keys?.clear();
    this.#ids = undefined;
  }

  #moveId(ids: PlaceTable, hash: number, from: number, to: number): void {
    ids.move(hash, from, to);
    if (--this.#patience < 0) this.#ids = undefined;
  }

  #indexIds(all: Iterable<readonly [number, Uint8Array]>): PlaceTable {
    const ids = new PlaceTable();
    this.#patience = 1_000;
    for (const [place, item] of all) {
      ids.move(idHash(item), 0, place);
      this.#patience += 2;
    }
    return ids;
  }
}
