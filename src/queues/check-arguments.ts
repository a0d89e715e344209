/** A year: as much as the configuration and HTTP take. */
const LONGEST_DELAY_MS = 31_536_000_000;
/** Timers of the machine go no further. */
const LONGEST_WAIT_MS = 2_147_483_647;

interface Range {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

const ranges = {
  delayMs: { min: 0, max: LONGEST_DELAY_MS },
  timeoutMs: { min: 0, max: LONGEST_WAIT_MS },
  concurrency: { min: 1, max: 10_000, whole: true },
  limit: { min: 1, max: Number.MAX_SAFE_INTEGER, whole: true },
} as const satisfies Record<string, Range>;

/** Throws a TypeError that names the argument, where a program without types hands in what is neither text nor bytes. */
export function checkBytes(queue: string, argument: 'key' | 'value', given: string | Uint8Array): void {
  if (typeof given === 'string' || given instanceof Uint8Array) return;
  throw new TypeError(`queue ${queue}: the ${argument} has to be a string or a Uint8Array, not ${kindOf(given)}`);
}

/** Throws a RangeError that names the argument and what it may be. */
export function checkNumber(queue: string, argument: keyof typeof ranges, given: number): void {
  const { min, max, whole = false }: Range = ranges[argument];
  if (given >= min && given <= max && (!whole || Number.isInteger(given))) return;
  const kind = whole ? 'a whole number' : 'a number';
  throw new RangeError(`queue ${queue}: ${argument} has to be ${kind} from ${min} to ${max}, not ${String(given)}`);
}

function kindOf(given: unknown): string {
  if (given === null || given === undefined) return String(given);
  return typeof given === 'object' ? (given.constructor?.name ?? 'an object') : `a ${typeof given}`;
}
