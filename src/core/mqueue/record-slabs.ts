import { type ItemParts, viewOf, writeItem, writeItemInto } from './item-record.ts';
import { ownBytes } from './own-bytes.ts';

const slabBytes = 64 * 1024;
/** A longer record has a slab of its own. */
const maxShared = slabBytes / 8;
/**
 * A handle is the slab's index, then where in it the record begins, then how long it is, in 23, 16 and 14 bits. It is taken apart without
 * `%`, which is slow for large numbers.
 */
const lengthBits = 14;
const lengthMask = 2 ** lengthBits - 1;
const slabUnits = slabBytes * 2 ** lengthBits;
/** What may be held without use before it is worth a look. */
const tolerated = 16 * slabBytes;
/** A smaller buffer is not worth to be a slab. */
const leastGiven = 4 * 1024;

interface Slab {
  /** All of its buffer. */
  readonly bytes: Uint8Array;
  /** That of `bytes`: to ask them for it costs more than all else that is done for a record. */
  readonly buffer: ArrayBufferLike;
  readonly view: DataView;
  /** Holds one record and nothing else. */
  readonly alone: boolean;
  /** Where the next record goes. */
  end: number;
  /** Bytes that are still wanted. */
  live: number;
}

/** A full one, for those who have none yet. */
const noSlab = newSlab(new Uint8Array(0), slabBytes, 0, false);

/** Gives a buffer of so many bytes that nothing else lives in. What is in it may be anything: it is written before it is read. */
export type NewBytes = (length: number) => Uint8Array;

/** Whether the record that begins at `start` has something in common with another. */
export type RecordTest = (bytes: Uint8Array, start: number, probe: Uint8Array) => boolean;

/**
 * Records, packed into slabs of up to 64 KiB: a buffer for each takes ten times as long to make, and 250 bytes more. A record is found again by
 * its handle. What was written is never written over, so that views stay right after their record has been freed. A slab goes when its
 * last record does; `wasteful` says that too few keep too many.
 */
export class RecordSlabs {
  readonly #newBytes: NewBytes;
  /** The first is never used, so that no handle is 0. */
  readonly #slabs: (Slab | undefined)[] = [undefined];
  readonly #vacant: number[] = [];
  /** Slabs fill up one after another; the first record opens one. */
  #current: Slab = noSlab;
  #currentIndex = 0;
  /** The buffer in which records are handed over. Its `end` counts their bytes. */
  #given: Slab = noSlab;
  /** 0 when they are copied out of it. */
  #givenIndex = 0;
  #held = 0;
  #live = 0;

  constructor(newBytes: NewBytes) {
    this.#newBytes = newBytes;
  }

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
    const { length } = record;
    if (length > maxShared) return this.#putAlone(record);
    const at = this.#room(length);
    this.#current.bytes.set(record, at);
    return this.#handle(at, length);
  }

  /**
   * Keeps a record that nobody writes any more: without a copy where many such records lie in one buffer, as in what was read from a store.
   * The buffer becomes a slab then. Whether it is worth that is guessed from the buffer before.
   */
  take(record: Uint8Array): number {
    const { length } = record;
    if (length > maxShared) return this.#putAlone(record);
    const { buffer } = record;
    if (buffer !== this.#given.buffer) {
      if (buffer.byteLength < leastGiven) return this.put(record);
      this.#turnTo(buffer);
    }
    const slab = this.#given;
    slab.end += length;
    if (this.#givenIndex === 0) return this.put(record);
    slab.live += length;
    this.#live += length;
    return this.#givenIndex * slabUnits + ((record.byteOffset << lengthBits) | length);
  }

  /** Writes the record of a new item, of `length` bytes, where it is to stay. */
  write(parts: ItemParts, length: number): number {
    if (length > maxShared) return this.#putAlone(writeItem(parts));
    const at = this.#room(length);
    writeItemInto(this.#current.bytes, this.#current.view, at, parts);
    return this.#handle(at, length);
  }

  /** The record, as a view of its slab. */
  view(handle: number): Uint8Array {
    const index = Math.floor(handle / slabUnits);
    const { alone, bytes, buffer } = this.#slabs[index]!;
    if (alone) return bytes;
    const place = handle - index * slabUnits;
    return new Uint8Array(buffer, place >>> lengthBits, place & lengthMask);
  }

  /** Whether the record is like `probe`, without a view being made. */
  matches(handle: number, probe: Uint8Array, alike: RecordTest): boolean {
    const index = Math.floor(handle / slabUnits);
    return alike(this.#slabs[index]!.bytes, (handle - index * slabUnits) >>> lengthBits, probe);
  }

  free(handle: number): void {
    const index = Math.floor(handle / slabUnits);
    const slab = this.#slabs[index]!;
    const bytes = slab.alone ? slab.live : (handle - index * slabUnits) & lengthMask;
    slab.live -= bytes;
    this.#live -= bytes;
    if (slab.live === 0 && !this.#isInUse(slab)) this.#drop(index);
  }

  /** Whether the record's slab is kept for less than half of it. */
  isSparse(handle: number): boolean {
    const slab = this.#slabs[Math.floor(handle / slabUnits)]!;
    return !slab.alone && slab.live * 2 < slab.bytes.length && !this.#isInUse(slab);
  }

  #isInUse(slab: Slab): boolean {
    return slab === this.#current || slab === this.#given;
  }

  #putAlone(record: Uint8Array): number {
    const bytes = ownBytes(record);
    this.#live += bytes.length;
    return this.#keep(newSlab(bytes, bytes.length, bytes.length, true)) * slabUnits;
  }

  /** Where so many bytes go in the current slab, counted as used. */
  #room(length: number): number {
    if (this.#current.end + length > slabBytes) this.#openSlab();
    const slab = this.#current;
    const at = slab.end;
    slab.end = at + length;
    slab.live += length;
    this.#live += length;
    return at;
  }

  #handle(at: number, length: number): number {
    return this.#currentIndex * slabUnits + ((at << lengthBits) | length);
  }

  #turnTo(buffer: ArrayBufferLike): void {
    const before = this.#given;
    if (this.#givenIndex !== 0 && before.live === 0) this.#drop(this.#givenIndex);
    const wasDense = before !== noSlab && before.end * 2 > before.bytes.length;
    this.#given = newSlab(new Uint8Array(buffer), 0, 0, false);
    this.#givenIndex = wasDense && buffer.byteLength <= slabBytes ? this.#keep(this.#given) : 0;
  }

  #openSlab(): void {
    const full = this.#currentIndex;
    this.#current = newSlab(this.#newBytes(slabBytes), 0, 0, false);
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

function newSlab(bytes: Uint8Array, end: number, live: number, alone: boolean): Slab {
  return { bytes, buffer: bytes.buffer, view: viewOf(bytes), alone, end, live };
}
