import type { Entry } from './kept-partition.ts';

/**
 * `unfit`: alone it is larger than the dead-letter queue may be. `unwanted`: it left its own queue before. `stopped`: the node stops before it is
 * there.
 */
export type Burial = 'buried' | 'unfit' | 'unwanted' | 'stopped';

/** Takes an item over, as long as `isWanted`. */
export type Bury = (record: Uint8Array, isWanted: () => boolean) => Promise<Burial>;

export interface DeadLettersParts {
  readonly bury: Bury;
  /** It is there: it may leave here. */
  readonly buried: (entry: Entry) => void;
}

/**
 * Items on their way to the dead-letter queue, one after the other. Until they are there they are withheld in their own queue, and count there;
 * one that never fits stays so, and the others go on.
 */
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
      const burial = await bury(entry.record, () => this.#waiting.has(entry));
      if (burial === 'stopped') return;
      if (this.#waiting.delete(entry) && burial === 'buried') buried(entry);
    }
    this.#isBurying = false;
  }
}
