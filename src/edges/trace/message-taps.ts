import type { TracedMessage } from '../../core/trace/traced-message.ts';
import type { Clock } from '../../ports/clock.ts';
import type { MessageTap, MessageTrace } from '../../ports/message-tap.ts';

type Taker = (message: TracedMessage) => void;

/** The time of day is taken over when it is away from ours by more than this: its milliseconds are whole ones. */
const CLOCK_STEP_MS = 5;

/** Shows each message to all who look, with its time: that of the machine, in parts of milliseconds. */
export class MessageTaps implements MessageTap, MessageTrace {
  hasTakers = false;
  readonly #clock: Clock;
  readonly #takers = new Set<Taker>();
  /** Time of day when the monotonic clock was 0. */
  #origin = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take(message: Omit<TracedMessage, 'time'>): void {
    const traced = { time: this.#time(), ...message };
    for (const taker of this.#takers) taker(traced);
  }

  follow(taker: Taker): () => void {
    // Two calls with one function are two takers.
    const own: Taker = (message) => taker(message);
    this.#takers.add(own);
    this.hasTakers = true;
    return () => {
      this.#takers.delete(own);
      this.hasTakers = this.#takers.size > 0;
    };
  }

  #time(): number {
    const now = this.#clock.now();
    const origin = this.#clock.wallTime() - now;
    if (Math.abs(origin - this.#origin) > CLOCK_STEP_MS) this.#origin = origin;
    return this.#origin + now;
  }
}
