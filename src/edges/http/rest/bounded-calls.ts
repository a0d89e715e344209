import type { Counters } from '../../../ports/telemetry.ts';
import { HttpProblem } from '../server/http-problem.ts';

/** Calls that hold something for long: at most so many at the same time, one more gets 503. */
export class BoundedCalls {
  readonly #most: number;
  readonly #what: string;
  readonly #counters: Counters;
  #open = 0;

  /** `what` stands in the code, as TOO_MANY_WAITS, and in the counter http_calls_refused. */
  constructor(most: number, what: 'wait' | 'export' | 'answer' | 'trace', counters: Counters) {
    this.#most = most;
    this.#what = what;
    this.#counters = counters;
  }

  /** Returns what ends the call; calling that twice is a no-op. Throws an HttpProblem when there are too many. */
  begin(): () => void {
    if (this.#open >= this.#most) {
      this.#counters.add('http_calls_refused', this.#what);
      throw new HttpProblem({
        status: 503,
        code: `TOO_MANY_${this.#what.toUpperCase()}S`,
        title: 'Too many such calls are under way',
        detail: `this node has at most ${this.#most} such ${this.#what}s under way at the same time: come again`,
        headers: { 'retry-after': '1' },
      });
    }
    this.#open += 1;
    let isOpen = true;
    return () => {
      if (isOpen) this.#open -= 1;
      isOpen = false;
    };
  }
}
