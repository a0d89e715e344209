/** So many parts of a list are under way at a time: Redis sends the next ones while the client takes one apart. */
const PARTS = 3;
const PART_RECORDS = 2000;
/** A part is to be about this big; it is guessed from the one before. */
const PART_BYTES = 524_288;
/** A page ends early when it holds so much. */
const PAGE_BYTES = 33_554_432;
/** Records of a size that is not known yet. */
const FIRST_RECORDS = 16;

/** Gives up to `count` records from a position on; about `bytesLeft` bytes are there from it to the end of the list. */
export type RangeOf = (from: number, count: number, bytesLeft: number) => Promise<readonly Uint8Array[]>;

interface Part {
  readonly from: number;
  readonly count: number;
  readonly records: Promise<readonly Uint8Array[]>;
}

/**
 * Reads a list that does not change from front to back, in pages. It asks for some parts more than the page needs, which the next page
 * then finds on their way. What is read ahead is bounded; a page that begins elsewhere starts anew.
 */
export class ListReader {
  /** Whether the length was found to be what it should be; set by who reads. */
  checked = false;
  readonly length: number;
  readonly #range: RangeOf;
  readonly #parts: Part[] = [];
  /** Records of a part that reached beyond the last page. */
  #rest: readonly Uint8Array[] = [];
  /** The position of the first one in `#rest`, or of the first part. */
  #at = 0;
  #next = 0;
  #recordBytes: number | undefined;

  constructor(length: number, range: RangeOf) {
    this.length = length;
    this.#range = range;
  }

  /** Up to `limit` records from `from` on: fewer when they are big, and where the list ends or has a hole. */
  async page(from: number, limit: number): Promise<Uint8Array[]> {
    if (from !== this.#at) this.#startAt(from);
    const wanted = Math.min(limit, this.length - from);
    const page: Uint8Array[] = [];
    let bytes = 0;
    while (page.length < wanted && bytes < PAGE_BYTES) {
      if (this.#rest.length === 0) {
        const part = await this.#takePart();
        if (part.length === 0) break;
        this.#rest = part;
      }
      const taken = this.#rest.slice(0, wanted - page.length);
      for (const record of taken) {
        page.push(record);
        bytes += record.length;
      }
      this.#rest = this.#rest.slice(taken.length);
      this.#at += taken.length;
    }
    return page;
  }

  /** The records of the next part; none where fewer came than there should be, after those that did. */
  async #takePart(): Promise<readonly Uint8Array[]> {
    this.#askAhead();
    const part = this.#parts.shift();
    if (part === undefined) return [];
    try {
      const records = await part.records;
      this.#recordBytes = records.reduce((sum, { length }) => sum + length, 0) / Math.max(1, records.length);
      if (records.length < part.count) {
        this.checked = false;
        this.#startAt(part.from, records.length);
      } else this.#askAhead();
      return records;
    } catch (error) {
      this.#startAt(part.from);
      throw error;
    }
  }

  #askAhead(): void {
    const guess = this.#recordBytes;
    // One small part alone shows how big the records are.
    const parts = guess === undefined ? 1 : PARTS;
    const size = guess === undefined ? FIRST_RECORDS : Math.floor(PART_BYTES / Math.max(1, guess));
    while (this.#parts.length < parts && this.#next < this.length) {
      const count = Math.min(Math.max(1, size), PART_RECORDS, this.length - this.#next);
      const records = this.#range(this.#next, count, (this.length - this.#next) * (guess ?? 0));
      records.catch(() => {}); // it is told to who takes the part, if anybody does
      this.#parts.push({ from: this.#next, count, records });
      this.#next += count;
    }
  }

  #startAt(from: number, received = 0): void {
    this.#parts.length = 0;
    this.#rest = [];
    this.#at = from;
    this.#next = from + received;
  }
}
