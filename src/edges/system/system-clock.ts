import type { Clock, Timer } from '../../ports/clock.ts';

/** Node holds a timer's delay in 31 bits; a longer one would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The real time: monotonic from the process, the time of day from the machine. */
export class SystemClock implements Clock {
  now(): number {
    return performance.now();
  }

  wallTime(): number {
    return Date.now();
  }

  after(delayMs: number, run: () => void): Timer {
    const timer = setTimeout(run, Math.min(Math.max(0, delayMs), LONGEST_DELAY_MS));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  }
}
