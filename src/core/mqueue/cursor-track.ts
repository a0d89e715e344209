/**
 * How far a list is consumed from its front, although its positions are consumed in any order. Holds one number for each position
 * that is consumed behind one that is not: as many at most as were given out and overtaken the first open one.
 */
export class ConsumedPrefix {
  #cursor: number;
  /** Consumed positions at and behind the cursor; the cursor itself is never one of them. */
  readonly #ahead = new Set<number>();

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
    if (position !== this.#cursor) {
      this.#ahead.add(position);
      return;
    }
    this.#cursor++;
    while (this.#ahead.delete(this.#cursor)) this.#cursor++;
  }
}
