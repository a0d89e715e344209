const pageBits = 4_096;

/**
 * How far a list is consumed from its front, although its positions are consumed in any order. Takes one bit for each position
 * between the first that is not consumed and the last that is, less where nothing is.
 */
export class ConsumedPrefix {
  #cursor: number;
  /** Consumed positions at and behind the cursor, by page. The cursor itself is never one of them. */
  readonly #pages = new Map<number, Uint8Array>();

  /** `start`: the first position that is not consumed. */
  constructor(start: number) {
    this.#cursor = start;
  }

  /** The first position that is not consumed: all before it are. */
  get cursor(): number {
    return this.#cursor;
  }

  /** A position that is consumed already changes nothing. */
  consume(position: number): void {
    if (position < this.#cursor) return;
    if (position === this.#cursor) this.#advance();
    else this.#mark(position);
  }

  #mark(position: number): void {
    const page = Math.floor(position / pageBits);
    const bit = position % pageBits;
    const bits = this.#pages.get(page) ?? new Uint8Array(pageBits / 8);
    this.#pages.set(page, bits);
    bits[bit >> 3]! |= 1 << (bit & 7);
  }

  #advance(): void {
    do {
      this.#cursor++;
      if (this.#cursor % pageBits === 0) this.#pages.delete(this.#cursor / pageBits - 1);
    } while (this.#isMarked(this.#cursor));
  }

  #isMarked(position: number): boolean {
    const bit = position % pageBits;
    const bits = this.#pages.get(Math.floor(position / pageBits));
    return bits !== undefined && (bits[bit >> 3]! & (1 << (bit & 7))) !== 0;
  }
}
