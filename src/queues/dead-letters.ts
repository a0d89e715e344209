import type { Entry } from './kept-partition.ts';

export interface DeadLettersParts {
  /** Takes an item over; resolves with whether it is there now, with false when the node stops before. */
  readonly bury: (record: Uint8Array) => Promise<boolean>;
  /** It is there: it may leave here. */
  readonly buried: (entry: Entry) => void;
}

/** Items on their way to the dead-letter queue, one after the other. Until they are there they are withheld in their own queue, and count there. */
export class DeadLetters {
  readonly #parts: DeadLettersParts;
  readonly #waiting = new Set<Entry>();
  #isBurying = false;

  constructor(parts: DeadLettersParts) {
    this.#parts = parts;
  }

  add(entry: Entry): void {
    this.#waiting.add(entry);
    if (!this.#isBurying) void this.#buryAll();
  }

  /** It is no more an item of its queue. */
  forget(entry: Entry): void {
    this.#waiting.delete(entry);
  }

  clear(): void {
    this.#waiting.clear();
  }

  /** Also those that come meanwhile. */
  async #buryAll(): Promise<void> {
    const { bury, buried } = this.#parts;
    this.#isBurying = true;
    for (const entry of this.#waiting) {
      if (!(await bury(entry.record))) return;
      if (this.#waiting.delete(entry)) buried(entry);
    }
    this.#isBurying = false;
  }
}
