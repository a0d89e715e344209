import { InvalidArgumentError, Option } from 'commander';

/** In milliseconds. */
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export interface DurationBounds {
  /** Seconds. */
  readonly min: number;
  /** Seconds. */
  readonly max: number;
}

/** An option that takes how long something goes on; its value is in seconds. All of them are written and explained alike. */
export function durationOption(flags: string, what: string, bounds: DurationBounds): Option {
  return new Option(`${flags} <time>`, `${what}; as 500ms, 10s, 2m or 1h, a number alone is seconds`).argParser(
    readDuration(bounds),
  );
}

/** Reads how long something goes on, as 500ms, 30s, 10m, 2h or 1d; a number alone is seconds. Gives seconds, to the millisecond. */
export function readDuration({ min, max }: DurationBounds): (text: string) => number {
  return (text) => {
    const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|[smhd])?$/.exec(text) ?? [];
    const seconds = number === undefined ? Number.NaN : Math.round(Number(number) * UNITS[unit]!) / 1_000;
    if (seconds >= min && seconds <= max) return seconds;
    throw new InvalidArgumentError(`It has to be a time as 30s, 10m or 2h, from ${inWords(min)} to ${inWords(max)}.`);
  };
}

const WORDS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** In the biggest unit that gives a whole number, below a second in milliseconds. */
function inWords(seconds: number): string {
  const [unit, length] = WORDS.find(([, each]) => seconds >= each && seconds % each === 0) ?? ['ms', 0.001];
  return seconds === 0 ? '0s' : `${Math.round(seconds / length)}${unit}`;
}
