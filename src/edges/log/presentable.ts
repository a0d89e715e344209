import { maskPasswords } from '../../core/mask-passwords.ts';

const SECRET_KEY = /pass(?:word|wd|phrase)?$|secret|authorization|credential|^token$|^db_url$/i;
const LONGEST_TEXT = 4096;
const DEEPEST = 5;

/**
 * A text as it may stand in a log: passwords in URLs masked, bounded in length. Escaping of control characters is
 * left to JSON where JSON is written.
 */
export function presentableText(text: string): string {
  // Masked before it is cut: a cut could take away the sign by which a password is known.
  const masked = maskPasswords(text.slice(0, 2 * LONGEST_TEXT));
  return text.length > LONGEST_TEXT ? `${masked.slice(0, LONGEST_TEXT)}… (${text.length} characters)` : masked;
}

/** Fields as they may stand in a log: values under keys that name a secret are hidden, errors are taken apart. */
export function presentableFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, presentable(key, value, 0)]));
}

function presentable(key: string, value: unknown, depth: number): unknown {
  if (SECRET_KEY.test(key)) return '(hidden)';
  if (typeof value === 'string') return presentableText(value);
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === DEEPEST) return '…';
  if (value instanceof Error) return errorFields(value, depth + 1);
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => presentable('', item, depth + 1));
  const inner = Object.entries(value).slice(0, 100);
  return Object.fromEntries(inner.map(([name, item]) => [name, presentable(name, item, depth + 1)]));
}

function errorFields(error: Error, depth: number): Record<string, unknown> {
  const fields: Record<string, unknown> = { type: error.name, message: presentableText(error.message) };
  if ('code' in error) fields.code = presentable('code', error.code, depth);
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  if (frames !== undefined) fields.stack = frames.map((line) => line.trim()).slice(0, 20);
  if (error.cause !== undefined) fields.cause = presentable('cause', error.cause, depth);
  return fields;
}
