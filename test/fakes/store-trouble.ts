import { StoreError, type StoreErrorCode } from '../../src/core/mqueue/store-error.ts';
import type { QueueStore } from '../../src/ports/queue-store.ts';

export type StoreCall = Exclude<keyof QueueStore, 'name' | 'close'>;

interface Trouble {
  /** `REPLY_LOST`: the call is carried out and rejects with STORE_UNAVAILABLE. */
  readonly kind: StoreErrorCode | 'REPLY_LOST';
  readonly calls: readonly StoreCall[] | undefined;
  times: number;
}

/** What befalls the calls of a MemoryQueueStore. */
export class StoreTrouble {
  #troubles: Trouble[] = [];
  #held: readonly StoreCall[] | 'all' | undefined;
  #waiting: { readonly call: StoreCall; readonly go: () => void }[] = [];
  #ended = false;

  /**
   * Lets calls fail until `heal`: all of them, or those named, or only the next `times` of these. With `REPLY_LOST` the call is carried out first.
   */
  fail(
    kind: Trouble['kind'],
    { calls, times = Number.POSITIVE_INFINITY }: { calls?: StoreCall[]; times?: number } = {},
  ): void {
    this.#troubles.push({ kind, calls, times });
  }

  heal(): void {
    this.#troubles = [];
  }

  /** Lets calls, all or those named, wait before they are carried out, until `resume`. */
  hold(...calls: StoreCall[]): void {
    this.#held = calls.length === 0 ? 'all' : calls;
  }

  /** The calls that wait. */
  get waiting(): readonly StoreCall[] {
    return this.#waiting.map(({ call }) => call);
  }

  resume(): void {
    this.#held = undefined;
    for (const { go } of this.#waiting.splice(0)) go();
  }

  /** For the close: those that wait go on into a closed store. */
  end(): void {
    this.#ended = true;
    this.resume();
  }

  async around<T>(call: StoreCall, run: () => T): Promise<T> {
    // Never at once: a server answers later.
    await Promise.resolve();
    if (!this.#ended && (this.#held === 'all' || this.#held?.includes(call))) {
      await new Promise<void>((go) => this.#waiting.push({ call, go }));
    }
    const trouble = this.#troubles.find(
      ({ calls, times }) => times > 0 && (calls === undefined || calls.includes(call)),
    );
    if (trouble === undefined) return run();
    trouble.times -= 1;
    if (trouble.kind !== 'REPLY_LOST') throw new StoreError(trouble.kind, `${call}: made to fail`);
    run();
    throw new StoreError('STORE_UNAVAILABLE', `${call}: made to lose its reply`);
  }
}
