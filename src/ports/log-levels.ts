import type { LogLevel } from '../core/log-level.ts';

/** What is logged now. */
export interface LogLevelView {
  readonly level: LogLevel;
  /** What the setting `log_level` says. */
  readonly setting: LogLevel;
  /** When it goes back to the setting, in milliseconds since 1970; undefined where it does not by itself. */
  readonly until: number | undefined;
}

/** The level of the log while the process runs. */
export interface LogLevels {
  view(): LogLevelView;
  /** Logs from that level on, for `forMs` milliseconds, else until the next change or the end of the process. */
  set(level: LogLevel, forMs: number | undefined): LogLevelView;
}
