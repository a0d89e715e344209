import { closestName } from '../closest-name.ts';
import { kindOf, type Reading, right, type SettingFormat, wrong } from './setting-format.ts';

const YES = ['1', 'yes', 'on', 'true'];
const NO = ['0', 'no', 'off', 'false'];

/** Yes or no, as Kamailio (0, 1) and YAML users (yes, off, true …) write it, in any case. Nothing else is taken. */
export const booleanFormat: SettingFormat<boolean> = {
  type: 'boolean',
  expected: 'one of 1, yes, on, true or 0, no, off, false',
  placeholder: 'boolean',
  flagAlone: true,
  schema: { enum: [true, false, 1, 0, 'yes', 'no', 'on', 'off', 'true', 'false', '1', '0'] },
  read(raw) {
    if (typeof raw === 'boolean') return right(raw);
    if (typeof raw !== 'string' && typeof raw !== 'number') return wrong(`is ${kindOf(raw)}`);
    const word = String(raw).trim().toLowerCase();
    if (YES.includes(word)) return right(true);
    return NO.includes(word) ? right(false) : wrong('is neither yes nor no');
  },
  write: (value) => value,
};

/** Limits of a number. `unit` is what it counts, in the plural. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly unit: string;
}

/** A whole number within its range. */
export function wholeNumber(range: NumberRange): SettingFormat<number> {
  return {
    type: `integer (${range.unit})`,
    expected: `a whole number of ${range.unit} from ${range.min} to ${range.max}`,
    placeholder: 'number',
    schema: { type: ['integer', 'string'], minimum: range.min, maximum: range.max, pattern: '^\\s*[0-9]+\\s*$' },
    read: (raw) => readNumber(raw, range, true),
    write: (value) => value,
  };
}

/** A duration in seconds; parts of a second are taken where `parts` says so. */
export function seconds(range: { min: number; max: number; parts: boolean }): SettingFormat<number> {
  const limits = { ...range, unit: 'seconds' };
  if (!range.parts) return { ...wholeNumber(limits), type: 'seconds', placeholder: 'seconds' };
  return {
    type: 'seconds',
    expected: `a number of seconds from ${range.min} to ${range.max}, with a decimal point where needed`,
    placeholder: 'seconds',
    schema: {
      type: ['number', 'string'],
      minimum: range.min,
      maximum: range.max,
      pattern: '^\\s*(?:[0-9]+(?:\\.[0-9]+)?|\\.[0-9]+)\\s*$',
    },
    read: (raw) => readNumber(raw, limits, false),
    write: (value) => value,
  };
}

/** One word out of a few. */
export function choice<const Word extends string>(words: readonly Word[]): SettingFormat<Word> {
  return {
    type: words.map((word) => `\`${word}\``).join(', '),
    expected: `one of ${words.join(', ')}`,
    placeholder: words.join('|'),
    schema: { enum: words },
    read(raw) {
      if (typeof raw !== 'string') return wrong(`is ${kindOf(raw)}`);
      const word = words.find((known) => known === raw.trim().toLowerCase());
      return word === undefined ? wrong('is not known', closestName(raw.trim(), words)) : right(word);
    },
    write: (value) => value,
  };
}

/** The path of a file. That it can be read is seen where it is read. */
export const pathFormat: SettingFormat<string> = {
  type: 'path',
  expected: 'the path of a file',
  placeholder: 'file',
  schema: { type: 'string', minLength: 1 },
  read(raw) {
    if (typeof raw !== 'string') return wrong(`is ${kindOf(raw)}`);
    if (raw.includes('-----BEGIN')) return wrong('holds the contents of the file instead of its path');
    if (raw.trim() === '') return wrong('is empty');
    return hasControl(raw) ? wrong('holds a line break or another control character') : right(raw);
  },
  write: (value) => value,
};

const DNS_NAME =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/i;

/** A DNS name, kept in lower case. */
export const dnsNameFormat: SettingFormat<string> = {
  type: 'DNS name',
  expected: 'a DNS name as it stands in certificates, for example kdmq.example.org',
  placeholder: 'name',
  schema: { type: 'string', minLength: 1, maxLength: 253 },
  read(raw) {
    if (typeof raw !== 'string') return wrong(`is ${kindOf(raw)}`);
    return DNS_NAME.test(raw.trim()) ? right(raw.trim().toLowerCase()) : wrong('is not a DNS name');
  },
  write: (value) => value,
};

/** RFC 3261 25.1 `user` without escapes, `;` and `?`, which Kamailio and others read differently. */
const CHANNEL = /^[A-Za-z0-9\-_.!~*'()&=+$,/]{1,64}$/;

/** A channel's name: the user part of a SIP URI. */
export const channelFormat: SettingFormat<string> = {
  type: 'SIP user',
  expected: "1 to 64 characters of a SIP URI's user part: letters, digits and - _ . ! ~ * ' ( ) & = + $ , /",
  placeholder: 'name',
  schema: { type: 'string', pattern: CHANNEL.source },
  read(raw) {
    if (typeof raw !== 'string') return wrong(`is ${kindOf(raw)}`);
    return CHANNEL.test(raw) ? right(raw) : wrong("can't be the user part of a SIP URI");
  },
  write: (value) => value,
};

function readNumber(raw: unknown, range: NumberRange, whole: boolean): Reading<number> {
  if (typeof raw !== 'number' && typeof raw !== 'string') return wrong(`is ${kindOf(raw)}`);
  const value = typeof raw === 'number' ? raw : numberIn(raw);
  if (value === undefined || !Number.isFinite(value)) return wrong(notANumber(raw, range.unit));
  if (whole && !Number.isInteger(value)) return wrong('is not a whole number');
  if (value < range.min) return wrong(`is below ${range.min}`);
  return value > range.max ? wrong(`is above ${range.max}`) : right(value);
}

const DECIMAL = /^[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)$/;

function numberIn(text: string): number | undefined {
  const trimmed = text.trim();
  return DECIMAL.test(trimmed) ? Number(trimmed) : undefined;
}

function notANumber(raw: unknown, unit: string): string {
  const withUnit = typeof raw === 'string' && /^\s*[0-9.]+\s*[a-zµ]+\s*$/i.test(raw);
  return withUnit ? `is not a plain number: leave the unit out, it is ${unit}` : 'is not a number';
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x20 || text.charCodeAt(i) === 0x7f) return true;
  return false;
}
