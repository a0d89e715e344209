/** Fields that go with a log line; no secret ever. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log lines. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Counters that only grow. `reason` is a short fixed word, never taken from the network. */
export interface Counters {
  add(name: string, reason?: string, by?: number): void;
}
