import type { FetchedItem } from './fetched-item.ts';
import type { Taker } from './taker.ts';

/** A fetch that does not wait for items, only for the journal. */
export class FetchCall implements Taker {
  #isOpen = true;
  #unlisten: (() => void) | undefined;
  readonly #resolve: (item: FetchedItem | undefined) => void;
  readonly #reject: (error: Error) => void;
  readonly #takeAnother: () => boolean;

  constructor(
    resolve: (item: FetchedItem | undefined) => void,
    reject: (error: Error) => void,
    takeAnother: () => boolean,
  ) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#takeAnother = takeAnother;
  }

  get open(): boolean {
    return this.#isOpen;
  }

  /** Ends it when the signal is aborted. */
  listen(signal: AbortSignal): void {
    const end = (): void => this.end();
    signal.addEventListener('abort', end);
    this.#unlisten = () => signal.removeEventListener('abort', end);
  }

  give(item: FetchedItem): void {
    this.#close();
    this.#resolve(item);
  }

  fail(error: Error): void {
    this.#close();
    this.#reject(error);
  }

  again(): void {
    if (this.#isOpen && !this.#takeAnother()) this.end();
  }

  /** With nothing. */
  end(): void {
    this.#close();
    this.#resolve(undefined);
  }

  #close(): void {
    this.#isOpen = false;
    this.#unlisten?.();
  }
}
