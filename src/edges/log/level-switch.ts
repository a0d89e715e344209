import { LOG_LEVELS, type LogLevel } from '../../core/log-level.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { LogLevels, LogLevelView } from '../../ports/log-levels.ts';
import type { ProcessLog } from './pino-log.ts';

export interface LevelSwitchOptions {
  readonly log: Pick<ProcessLog, 'info' | 'setLevel'>;
  /** The setting `log_level`, which the log has at the start. */
  readonly setting: LogLevel;
  readonly clock: Clock;
}

/** Changes the level of the log, and back again when its time is over. */
export class LevelSwitch implements LogLevels {
  readonly #log: LevelSwitchOptions['log'];
  readonly #clock: Clock;
  #level: LogLevel;
  #setting: LogLevel;
  #until: number | undefined;
  #timer: Timer | undefined;

  constructor({ log, setting, clock }: LevelSwitchOptions) {
    this.#log = log;
    this.#clock = clock;
    this.#level = setting;
    this.#setting = setting;
  }

  view(): LogLevelView {
    return { level: this.#level, setting: this.#setting, until: this.#until };
  }

  set(level: LogLevel, forMs: number | undefined): LogLevelView {
    this.stop();
    if (forMs !== undefined) {
      this.#until = this.#clock.wallTime() + forMs;
      this.#timer = this.#clock.after(forMs, () => this.configure(this.#setting));
    }
    this.#turnTo(level);
    return this.view();
  }

  /** The setting says so now; whatever else was set ends. */
  configure(setting: LogLevel): void {
    this.stop();
    this.#setting = setting;
    this.#turnTo(setting);
  }

  /** The level stays as it is. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#until = undefined;
  }

  /** Says so while lines of this importance are logged, where there is such a time. */
  #turnTo(level: LogLevel): void {
    const before = this.#level;
    this.#level = level;
    const until = this.#until === undefined ? undefined : new Date(this.#until).toISOString();
    const say = (): void => {
      if (before !== level || until !== undefined)
        this.#log.info('log: the level is another now', { from: before, to: level, until });
    };
    const isFiner = LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(before);
    if (!isFiner) say();
    this.#log.setLevel(level);
    if (isFiner) say();
  }
}
