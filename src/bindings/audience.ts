import type { Directory } from '../bus/directory.ts';

/** Whether anybody is there whom a broadcast would reach. */
export class Audience {
  readonly #directory: Pick<Directory, 'addressed'>;
  /** Aborted when the last one has gone. */
  #presence = new AbortController();
  #arrival = Promise.withResolvers<void>();

  constructor(directory: Pick<Directory, 'addressed' | 'onChange'>) {
    this.#directory = directory;
    directory.onChange(() => this.#look());
    this.#look();
  }

  /** Aborted as soon as nobody is there any more. */
  get presence(): AbortSignal {
    return this.#presence.signal;
  }

  /** Resolves when somebody is there, or the signal is aborted. */
  async arrived(signal: AbortSignal): Promise<void> {
    if (!this.#presence.signal.aborted || signal.aborted) return;
    const ended = Promise.withResolvers<void>();
    const end = (): void => ended.resolve();
    signal.addEventListener('abort', end);
    await Promise.race([ended.promise, this.#arrival.promise]);
    signal.removeEventListener('abort', end);
  }

  #look(): void {
    const isThere = this.#directory.addressed().length > 0;
    if (isThere === !this.#presence.signal.aborted) return;
    if (isThere) {
      this.#presence = new AbortController();
      this.#arrival.resolve();
    } else {
      this.#arrival = Promise.withResolvers();
      this.#presence.abort();
    }
  }
}
