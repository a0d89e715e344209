import type { StoreError } from '../core/mqueue/store-error.ts';
import type { Written } from './journal-writer.ts';

interface Asker {
  resolve(): void;
  reject(error: Error): void;
}

/** An item that is out of the queue in memory, and whose removal is on its way into the journal: who asks again gets the truth of that moment. */
export class Removal implements Written {
  readonly #written: () => void;
  readonly #failure: (error: StoreError) => Error;
  #askers: Asker[] = [];
  #isWritten = false;
  #trouble: Error | undefined;

  /** `written` is called once it is in the journal; `failure` makes of an error of the store what askers are told. */
  constructor(written: () => void, failure: (error: StoreError) => Error) {
    this.#written = written;
    this.#failure = failure;
  }

  /** Resolves when it is in the journal. Rejects when that takes too long, from then on at once, until it is there. */
  heard(): Promise<void> {
    if (this.#isWritten) return Promise.resolve();
    if (this.#trouble !== undefined) return Promise.reject(this.#trouble);
    return new Promise((resolve, reject) => this.#askers.push({ resolve, reject }));
  }

  done(): void {
    this.#isWritten = true;
    this.#written();
    for (const { resolve } of this.#askers.splice(0)) resolve();
  }

  late(error: StoreError): void {
    const trouble = this.#failure(error);
    this.#trouble = trouble;
    for (const { reject } of this.#askers.splice(0)) reject(trouble);
  }
}
