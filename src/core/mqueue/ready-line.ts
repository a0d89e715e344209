import type { ItemParts } from './item-record.ts';
import { Origins } from './origins.ts';
import { noPosition, type QueueEntry } from './queue-entry.ts';
import { type NewBytes, RecordSlabs, type RecordTest } from './record-slabs.ts';

/** Places of a block. Small, since one item keeps its block; large enough that a block's own cost is small. */
const blockPlaces = 128;
/** A block is swept at each so many removals while slabs are wasteful. */
const removalsPerSweep = 8;

interface Block<Mark> {
  /** Holds the places from `number * blockPlaces` on. */
  readonly number: number;
  /** Of the records, by place; 0 where none is. */
  readonly handles: Float64Array;
  /** Where they come from; undefined as long as none has a mark. */
  origins: Origins<Mark> | undefined;
  /** None lies before it. */
  first: number;
  live: number;
}

/**
 * The items that can be fetched, in order. Each has a place, a number above 0 that only grows from one to the next; it keeps it while
 * it is given out under a lease, and can be put back there. Removing one anywhere costs the same as the first: its block
 * has a hole, and a block without items goes. At worst, with one item to a block, a kilobyte is taken for it.
 */
export class ReadyLine<Mark> {
  readonly #newBytes: NewBytes;
  #slabs: RecordSlabs;
  /** By number, ascending. None is empty but the last, which takes what is pushed. */
  readonly #blocks: Block<Mark>[] = [];
  #next = 1;
  #size = 0;
  #removals = 0;
  #swept = -1;

  constructor(newBytes: NewBytes) {
    this.#newBytes = newBytes;
    this.#slabs = new RecordSlabs(newBytes);
  }

  get size(): number {
    return this.#size;
  }

  /** Bytes that are taken for records, the unused ones included. */
  get slabBytes(): number {
    return this.#slabs.held;
  }

  /** Puts an item behind all others. Its record is copied, unless it is `owned`: nobody else writes its bytes. */
  push({ record, mark, position }: QueueEntry<Mark>, owned = false): number {
    return this.#append(owned ? this.#slabs.take(record) : this.#slabs.put(record), mark, position);
  }

  /** Puts a new item behind all others: its record, of `length` bytes, is written where it is to stay. */
  write(parts: ItemParts, length: number): number {
    return this.#append(this.#slabs.write(parts, length), undefined, noPosition);
  }

  /** Puts an item where one was taken away. */
  putBack(place: number, { record, mark, position }: QueueEntry<Mark>): void {
    const number = Math.floor(place / blockPlaces);
    const index = this.#firstFrom(number);
    if (this.#blocks[index]?.number !== number) this.#blocks.splice(index, 0, newBlock(number));
    this.#fill(this.#blocks[index]!, place - number * blockPlaces, this.#slabs.put(record), mark, position);
  }

  /** The place of the first; 0 when there is none. */
  front(): number {
    if (this.#size === 0) return 0;
    const block = this.#blocks[0]!;
    while (block.handles[block.first] === 0) block.first++;
    return block.number * blockPlaces + block.first;
  }

  /** The item at a place. Its record is a view of bytes that it shares with others. */
  at(place: number): QueueEntry<Mark> | undefined {
    const block = this.#blockOf(place);
    return block && entryAt(block, place - block.number * blockPlaces, this.#slabs);
  }

  /** Whether the record at a place is like `probe`; false where none is. */
  matches(place: number, probe: Uint8Array, alike: RecordTest): boolean {
    const handle = this.#handleAt(place);
    return handle !== 0 && this.#slabs.matches(handle, probe, alike);
  }

  /** Removes what is at a place, and says whether something was. Views of its record stay right for ever. */
  remove(place: number): boolean {
    const number = Math.floor(place / blockPlaces);
    const index = this.#firstFrom(number);
    const block = this.#blocks[index];
    const slot = place - number * blockPlaces;
    if (block === undefined || block.number !== number || block.handles[slot] === 0) return false;
    this.#slabs.free(block.handles[slot]!);
    block.handles[slot] = 0;
    this.#size--;
    if (--block.live === 0 && index < this.#blocks.length - 1) this.#blocks.splice(index, 1);
    if (this.#slabs.wasteful && ++this.#removals % removalsPerSweep === 0) this.#sweep();
    return true;
  }

  /** Places and items behind a place, in order. Goes on rightly when the line changes meanwhile. */
  *after(place: number): Generator<readonly [number, QueueEntry<Mark>]> {
    let next = place + 1;
    for (;;) {
      const block = this.#blocks[this.#firstFrom(Math.floor(next / blockPlaces))];
      if (block === undefined) return;
      const start = block.number * blockPlaces;
      for (let slot = Math.max(0, next - start); slot < blockPlaces; slot++) {
        const entry = entryAt(block, slot, this.#slabs);
        if (entry !== undefined) yield [start + slot, entry];
      }
      next = start + blockPlaces;
    }
  }

  /** Places go on from where they were. */
  clear(): void {
    this.#slabs = new RecordSlabs(this.#newBytes);
    this.#blocks.length = 0;
    this.#size = 0;
  }

  #append(handle: number, mark: Mark | undefined, position: number): number {
    const place = this.#next++;
    let last = this.#blocks[this.#blocks.length - 1];
    if (last === undefined || place - last.number * blockPlaces >= blockPlaces) last = this.#openBlock(place);
    this.#fill(last, place - last.number * blockPlaces, handle, mark, position);
    return place;
  }

  #openBlock(place: number): Block<Mark> {
    const blocks = this.#blocks;
    if (blocks[blocks.length - 1]?.live === 0) blocks.pop();
    const block = newBlock<Mark>(Math.floor(place / blockPlaces));
    blocks.push(block);
    return block;
  }

  #fill(block: Block<Mark>, slot: number, handle: number, mark: Mark | undefined, position: number): void {
    block.handles[slot] = handle;
    if (block.origins !== undefined) block.origins.set(slot, mark, position);
    else if (mark !== undefined) block.origins = originsOf(block, slot, mark, position);
    if (slot < block.first) block.first = slot;
    block.live++;
    this.#size++;
  }

  #handleAt(place: number): number {
    const block = this.#blockOf(place);
    return block === undefined ? 0 : block.handles[place - block.number * blockPlaces]!;
  }

  #blockOf(place: number): Block<Mark> | undefined {
    const number = Math.floor(place / blockPlaces);
    const block = this.#blocks[this.#firstFrom(number)];
    return block?.number === number ? block : undefined;
  }

  /** The index of the first block with this number or a higher one. Mostly no block is missing, and the first look finds it. */
  #firstFrom(number: number): number {
    const blocks = this.#blocks;
    if (blocks.length === 0) return 0;
    const guess = number - blocks[0]!.number;
    if (guess <= 0) return 0;
    if (blocks[guess]?.number === number) return guess;
    let low = 0;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (blocks[middle]!.number < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Moves the records of one block, the next in turn, out of slabs that are kept for few. */
  #sweep(): void {
    const block = this.#blocks[this.#firstFrom(this.#swept + 1)];
    this.#swept = block?.number ?? -1;
    if (block === undefined) return;
    for (let slot = 0; slot < blockPlaces; slot++) {
      const handle = block.handles[slot]!;
      if (handle === 0 || !this.#slabs.isSparse(handle)) continue;
      block.handles[slot] = this.#slabs.put(this.#slabs.view(handle));
      this.#slabs.free(handle);
    }
  }
}

function newBlock<Mark>(number: number): Block<Mark> {
  return { number, handles: new Float64Array(blockPlaces), origins: undefined, first: blockPlaces, live: 0 };
}

/** Those of a block whose first item with a mark comes into it. */
function originsOf<Mark>({ live }: Block<Mark>, slot: number, mark: Mark, position: number): Origins<Mark> {
  if (live === 0) return new Origins(blockPlaces, slot, mark, position);
  const origins = new Origins<Mark>(blockPlaces, slot, undefined, noPosition);
  origins.set(slot, mark, position);
  return origins;
}

function entryAt<Mark>(block: Block<Mark>, slot: number, slabs: RecordSlabs): QueueEntry<Mark> | undefined {
  const handle = block.handles[slot]!;
  if (handle === 0) return undefined;
  const { origins } = block;
  const record = slabs.view(handle);
  if (origins === undefined) return { record, mark: undefined, position: noPosition };
  return { record, mark: origins.mark(slot), position: origins.position(slot) };
}
