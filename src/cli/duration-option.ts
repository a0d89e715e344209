import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Reads how long something goes on, as 30s, 10m or 2h; a number alone is seconds. Gives seconds. */
export function durationOption({ min, max }: { readonly min: number; readonly max: number }): (text: string) => number {
  return (text) => {
    const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)([smhd])?$/.exec(text) ?? [];
    const seconds = number === undefined ? Number.NaN : Number(number) * UNITS[unit]!;
    if (seconds >= min && seconds <= max) return seconds;
    throw new InvalidArgumentError(
      `It has to be a time as 30s, 10m or 2h, from ${min} to ${max.toLocaleString('en')} seconds.`,
    );
  };
}
