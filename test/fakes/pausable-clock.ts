import type { Clock, Timer } from '../../src/ports/clock.ts';

/**
 * The clock of one process among several that share a time. While the process is paused (SIGSTOP, a sleeping machine) time goes
 * on, but its timers run only when it is resumed, all at once.
 */
export class PausableClock implements Clock {
  readonly #clock: Clock;
  #missed: (() => void)[] = [];
  #paused = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  wallTime(): number {
    return this.#clock.wallTime();
  }

  after(delayMs: number, run: () => void): Timer {
    let cancelled = false;
    const fire = (): void => {
      if (cancelled) return;
      if (this.#paused) this.#missed.push(fire);
      else run();
    };
    const timer = this.#clock.after(delayMs, fire);
    return {
      cancel: () => {
        cancelled = true;
        timer.cancel();
      },
    };
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    for (const fire of this.#missed.splice(0)) fire();
  }
}
