import type { Clock, Timer } from '../../ports/clock.ts';

/** Node holds a timer's delay in 31 bits; a longer one would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;
/** A timer as late as this fires after a pause of the process. */
const LATE_MS = 50;

/** Timers of one turn of the event loop are put off together, so that they keep their order. */
let catchesUp = false;

function catchUp(): void {
  catchesUp = true;
  setImmediate(() => {
    catchesUp = false;
  });
}

/**
 * The real time: monotonic from the process, the time of day from the machine. After a pause of the process (throttled, stopped,
 * collecting garbage) what arrived meanwhile is read before timers fire: an answer in the socket's buffer is no time-out.
 */
export class SystemClock implements Clock {
  now(): number {
    return performance.now();
  }

  wallTime(): number {
    return Date.now();
  }

  after(delayMs: number, run: () => void): Timer {
    const delay = Math.min(Math.max(0, delayMs), LONGEST_DELAY_MS);
    const due = performance.now() + delay;
    let afterReading: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      if (performance.now() - due >= LATE_MS) catchUp();
      if (catchesUp) afterReading = setImmediate(run);
      else run();
    }, delay);
    timer.unref();
    return {
      cancel: () => {
        clearTimeout(timer);
        clearImmediate(afterReading);
      },
    };
  }
}
