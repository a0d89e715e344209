import { ConsumedPrefix } from '../core/mqueue/cursor-track.ts';
import { StoreError } from '../core/mqueue/store-error.ts';
import { Backoff, pause } from './backoff.ts';
import type { PartitionKeeper } from './partition-keeper.ts';

/**
 * Tells the store how far its generation is consumed: behind the program's back, one call under way, the newest position wins. A crash
 * in between gives out again what was not told yet.
 */
export class CursorWriter {
  readonly #keeper: PartitionKeeper;
  readonly #consumed: ConsumedPrefix;
  readonly #start: number;
  readonly #backoff: Backoff;
  readonly #ending = new AbortController();
  #written: number;
  #count = 0;
  #running: Promise<void> | undefined;

  constructor(keeper: PartitionKeeper) {
    const { cursor } = keeper.claim;
    this.#keeper = keeper;
    this.#consumed = new ConsumedPrefix(cursor);
    this.#start = cursor;
    this.#written = cursor;
    this.#backoff = new Backoff(keeper.parts.random, 100, 5_000);
  }

  /** Whether the cursor alone says what is consumed: nothing behind it is. */
  get isWhole(): boolean {
    return this.#consumed.cursor - this.#start === this.#count;
  }

  /** Where the consumed ones in front end. */
  get cursor(): number {
    return this.#consumed.cursor;
  }

  /** Whether the store knows everything that is consumed. */
  get isTold(): boolean {
    return this.isWhole && this.#consumed.cursor === this.#written;
  }

  /** Each position is consumed once, in any order. */
  consume(position: number): void {
    this.#count += 1;
    this.#consumed.consume(position);
    if (this.#running === undefined && this.#isBehind()) this.#running = this.#write();
  }

  /** Resolves when the store knows the cursor. Rejects with a StoreError when it is no longer told. */
  async settled(): Promise<void> {
    const { cursor } = this.#consumed;
    await this.#running;
    if (cursor <= this.#written) return;
    throw this.#keeper.fenced ?? new StoreError('STORE_UNAVAILABLE', 'it is no longer told what is consumed');
  }

  /** The last attempt is under way or has been made. */
  end(): void {
    this.#ending.abort();
  }

  /** Ends, and tells the store the last position, again and again until the signal is aborted. */
  async finish(signal: AbortSignal): Promise<void> {
    const keeper = this.#keeper;
    const { cursor } = this.#consumed;
    this.end();
    // Also when it is known: the answer shows that the store still has what it had.
    const move = () => keeper.advance((store, claim) => store.moveCursor(claim, cursor));
    await keeper.persist(() => keeper.alone(move), signal);
    this.#written = cursor;
  }

  #isBehind(): boolean {
    return !this.#ending.signal.aborted && this.#keeper.fenced === undefined && this.#consumed.cursor > this.#written;
  }

  async #write(): Promise<void> {
    while (this.#isBehind()) {
      const { cursor } = this.#consumed;
      try {
        await this.#keeper.alone(() => this.#keeper.advance((store, claim) => store.moveCursor(claim, cursor)));
        this.#written = cursor;
        this.#backoff.reset();
      } catch {
        // Counted by the keeper. A cursor that stays behind doubles items after a crash, and no more.
        await pause(this.#keeper.parts.clock, this.#backoff.next(), this.#ending.signal);
      }
    }
    this.#running = undefined;
  }
}
