import { StoreError } from '../../core/mqueue/store-error.ts';

/** Lets calls for one thing run one after another, and ends those that are under way when the store is closed. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();
  readonly #underWay = new Set<(error: StoreError) => void>();
  #closed = false;

  /** Runs the work after what was asked for the same key before. Rejects with STORE_UNAVAILABLE once this is closed. */
  inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const turn = before.then(() => (this.#closed ? Promise.reject(closedError()) : work()));
    const over = turn.then(
      () => {},
      () => {},
    );
    this.#last.set(key, over);
    void over.then(() => {
      if (this.#last.get(key) === over) this.#last.delete(key);
    });
    return this.#untilClosed(turn);
  }

  /** Runs the work beside all others. */
  atOnce<T>(work: () => Promise<T>): Promise<T> {
    return this.#closed ? Promise.reject(closedError()) : this.#untilClosed(work());
  }

  /** Rejects what is under way; resolves when the turns have come to their end all the same. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const reject of this.#underWay) reject(closedError());
    await Promise.all(this.#last.values());
  }

  #untilClosed<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#underWay.add(reject);
      work.then(resolve, reject).finally(() => this.#underWay.delete(reject));
    });
  }
}

function closedError(): StoreError {
  return new StoreError('STORE_UNAVAILABLE', 'the store is closed');
}
