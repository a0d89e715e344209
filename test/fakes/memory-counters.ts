import type { Counters } from '../../src/ports/telemetry.ts';

/** Keeps what has been counted, keyed `name` or `name{reason}`. */
export class MemoryCounters implements Counters {
  readonly #values = new Map<string, number>();

  add(name: string, reason?: string, by = 1): void {
    const key = reason === undefined ? name : `${name}{${reason}}`;
    this.#values.set(key, (this.#values.get(key) ?? 0) + by);
  }

  /** The count of one reason, or of the name alone; 0 when it was never counted. */
  value(name: string, reason?: string): number {
    return this.#values.get(reason === undefined ? name : `${name}{${reason}}`) ?? 0;
  }

  /** All counts of a name together, with and without a reason. */
  total(name: string): number {
    let total = 0;
    for (const [key, value] of this.#values) if (key === name || key.startsWith(`${name}{`)) total += value;
    return total;
  }

  all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#values);
  }
}
