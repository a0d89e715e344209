import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';

/** Pauses between attempts: each twice the one before, up to a limit, and up to a half shorter by chance, so that nodes don't knock together. */
export class Backoff {
  readonly #random: Random;
  readonly #firstMs: number;
  readonly #mostMs: number;
  #nextMs: number;

  constructor(random: Random, firstMs: number, mostMs: number) {
    this.#random = random;
    this.#firstMs = firstMs;
    this.#mostMs = mostMs;
    this.#nextMs = firstMs;
  }

  /** Milliseconds of the next pause. */
  next(): number {
    const ms = this.#nextMs;
    this.#nextMs = Math.min(this.#mostMs, ms * 2);
    return ms * (1 - this.#random.fraction() / 2);
  }

  reset(): void {
    this.#nextMs = this.#firstMs;
  }
}

/** Resolves after `ms`, or as soon as the signal is aborted. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.after(ms, end);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
