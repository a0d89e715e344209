/** A timer that has been started and not yet fired. */
export interface Timer {
  cancel(): void;
}

/** Time and timers. Every wait of the node goes through it, so that a test can drive a whole bus by hand. */
export interface Clock {
  /** Monotonic milliseconds: never steps back, unrelated to the time of day. */
  now(): number;
  /** Milliseconds since 1970, for what people read and for incarnations. May jump. */
  wallTime(): number;
  /** Calls `run` once after `delayMs`. A pending timer alone does not keep the process alive. */
  after(delayMs: number, run: () => void): Timer;
}
