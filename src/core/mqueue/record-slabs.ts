import { ownBytes } from './own-bytes.ts';

/** A handle is the slab's index times this, and where the record begins. It is taken apart without `%`, which is slow for large numbers. */
const slabBytes = 64 * 1024;
/** A longer record has a slab of its own. */
const maxShared = slabBytes / 8;
/** What may be held without use before it is worth a look. */
const tolerated = 16 * slabBytes;

interface Slab {
  readonly bytes: Uint8Array;
  /** Holds one record and nothing else, without its length in front. */
  readonly alone: boolean;
  /** Where the next record goes. */
  end: number;
  /** Bytes that are still wanted. */
  live: number;
}

/** Whether the record that begins at `start` has something in common with another. */
export type RecordTest = (bytes: Uint8Array, start: number, probe: Uint8Array) => boolean;

/**
 * Copies of records, packed into slabs of 64 KiB, each behind its length: a buffer for each takes ten times as long to make, and 250 bytes
 * more. A record is found again by its handle, a number above 0. What was written is never written over, so that views stay right
 * after their record has been freed. A slab goes when its last record does; `wasteful` says that too few keep too many.
 */
export class RecordSlabs {
  /** The first is never used, so that no handle is 0. */
  readonly #slabs: (Slab | undefined)[] = [undefined];
  readonly #vacant: number[] = [];
  /** Slabs fill up one after another; the first `put` opens one. */
  #current: Slab = { bytes: new Uint8Array(0), alone: false, end: slabBytes, live: 0 };
  #currentIndex = 0;
  #held = 0;
  #live = 0;

  /** Bytes of all slabs. */
  get held(): number {
    return this.#held;
  }

  /** Whether the slabs take more than three times what is in use. Moving the records for which `isSparse` holds mends it. */
  get wasteful(): boolean {
    return this.#held > 3 * this.#live + tolerated;
  }

  /** Keeps a copy; a record above 8 KiB that has its buffer for itself is kept as it is. */
  put(record: Uint8Array): number {
    const length = record.length;
    if (length > maxShared) return this.#putAlone(record);
    if (this.#current.end + 2 + length > slabBytes) this.#openSlab();
    const slab = this.#current;
    const at = slab.end;
    slab.bytes[at] = length >>> 8;
    slab.bytes[at + 1] = length;
    slab.bytes.set(record, at + 2);
    slab.end += 2 + length;
    slab.live += 2 + length;
    this.#live += 2 + length;
    return this.#currentIndex * slabBytes + at;
  }

  /** The record, as a view of its slab. */
  view(handle: number): Uint8Array {
    const index = Math.floor(handle / slabBytes);
    const { alone, bytes } = this.#slabs[index]!;
    if (alone) return bytes;
    const at = handle - index * slabBytes;
    return new Uint8Array(bytes.buffer, at + 2, lengthAt(bytes, at));
  }

  /** Whether the record is like `probe`, without a view being made. */
  matches(handle: number, probe: Uint8Array, alike: RecordTest): boolean {
    const index = Math.floor(handle / slabBytes);
    const { alone, bytes } = this.#slabs[index]!;
    return alike(bytes, alone ? 0 : handle - index * slabBytes + 2, probe);
  }

  free(handle: number): void {
    const index = Math.floor(handle / slabBytes);
    const slab = this.#slabs[index]!;
    const bytes = slab.alone ? slab.live : 2 + lengthAt(slab.bytes, handle - index * slabBytes);
    slab.live -= bytes;
    this.#live -= bytes;
    if (slab.live === 0 && slab !== this.#current) this.#drop(index);
  }

  /** Whether the record's slab is kept for less than half of it. */
  isSparse(handle: number): boolean {
    const slab = this.#slabs[Math.floor(handle / slabBytes)]!;
    return !slab.alone && slab !== this.#current && slab.live * 2 < slabBytes;
  }

  #putAlone(record: Uint8Array): number {
    const bytes = ownBytes(record);
    this.#live += bytes.length;
    return this.#keep({ bytes, alone: true, end: bytes.length, live: bytes.length }) * slabBytes;
  }

  #openSlab(): void {
    const full = this.#currentIndex;
    this.#current = { bytes: new Uint8Array(slabBytes), alone: false, end: 0, live: 0 };
    this.#currentIndex = this.#keep(this.#current);
    if (this.#slabs[full]?.live === 0) this.#drop(full);
  }

  #keep(slab: Slab): number {
    this.#held += slab.bytes.length;
    const index = this.#vacant.pop() ?? this.#slabs.length;
    this.#slabs[index] = slab;
    return index;
  }

  #drop(index: number): void {
    this.#held -= this.#slabs[index]!.bytes.length;
    this.#slabs[index] = undefined;
    this.#vacant.push(index);
  }
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
