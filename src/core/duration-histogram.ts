/** How long things took, as a histogram that is read now and then. */
export interface DurationCounts {
  /** How many took at most so many seconds, smaller ones included; the longest last. Those above it are in `count` alone. */
  readonly buckets: readonly { readonly atMost: number; readonly count: number }[];
  readonly count: number;
  /** Seconds, all together. */
  readonly sum: number;
}

/** Upper bounds in milliseconds: from a datagram within a machine to Timer F of SIP. */
const BOUNDS_MS = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 32_000] as const;

/** Counts durations in fixed buckets: no more than some comparisons for each. */
export class DurationHistogram {
  /** One for each bound, and one for what is longer than all. */
  readonly #counts = new Float64Array(BOUNDS_MS.length + 1);
  #sumMs = 0;

  observe(durationMs: number): void {
    let bucket = 0;
    while (bucket < BOUNDS_MS.length && durationMs > BOUNDS_MS[bucket]!) bucket += 1;
    this.#counts[bucket]! += 1;
    this.#sumMs += durationMs;
  }

  counts(): DurationCounts {
    let count = 0;
    const buckets = BOUNDS_MS.map((bound, bucket) => {
      count += this.#counts[bucket]!;
      return { atMost: bound / 1_000, count };
    });
    return { buckets, count: count + this.#counts[BOUNDS_MS.length]!, sum: this.#sumMs / 1_000 };
  }
}
