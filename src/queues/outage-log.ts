import type { Clock } from '../ports/clock.ts';
import type { Log, LogFields } from '../ports/telemetry.ts';

const repeatMs = 60_000;

/** Says that something fails: at the first failure, then once a minute, and when it is over. */
export class OutageLog {
  readonly #log: Log;
  readonly #clock: Clock;
  #since: number | undefined;
  #saidAt = 0;
  #message = '';
  #attempts = 0;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  failed(level: 'warn' | 'error', message: string, fields: LogFields): void {
    const now = this.#clock.now();
    this.#attempts += 1;
    if (this.#since !== undefined && message === this.#message && now - this.#saidAt < repeatMs) return;
    this.#since ??= now;
    this.#saidAt = now;
    this.#message = message;
    this.#log[level](message, { ...fields, attempts: this.#attempts });
  }

  /** Says nothing when nothing had failed. */
  over(message: string, fields: LogFields): void {
    if (this.#since === undefined) return;
    this.#log.info(message, { ...fields, after_ms: Math.round(this.#clock.now() - this.#since) });
    this.#since = undefined;
    this.#attempts = 0;
  }
}
