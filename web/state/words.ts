import type { Bytes } from './api-answers.ts';

const units: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
];

/** `3 min` for milliseconds, in the largest unit that fits. */
export function spanWords(ms: number): string {
  const [size, name] = units.find(([unit]) => ms >= unit) ?? [1, 'ms'];
  return `${Math.floor(ms / size)} ${name}`;
}

/** When a node last answered. Probes come each second or two, so that what is below is `now`. */
export function seenWords(ms: number | undefined): string {
  if (ms === undefined) return 'never';
  return ms < 3_000 ? 'now' : `${spanWords(ms)} ago`;
}

/** `0.42 ms`, `12 ms`. */
export function roundTripWords(ms: number | undefined): string {
  if (ms === undefined) return '–';
  return `${ms < 10 ? ms.toFixed(2) : Math.round(ms)} ms`;
}

/** `1.5 KiB`. */
export function bytesWords(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  const power = Math.min(3, Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / 1_024 ** power;
  return `${amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${['KiB', 'MiB', 'GiB'][power - 1]}`;
}

/** `12,345`. */
export function countWords(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `0`, `0.5/s`, `1,200/s`. */
export function rateWords(perSecond: number): string {
  if (perSecond === 0) return '0';
  return `${perSecond < 10 ? perSecond.toFixed(1) : countWords(Math.round(perSecond))}/s`;
}

/** A SIP URI without what nearly all have: `10.0.0.1`, `10.0.0.1:5070`, `[fd00::1];transport=tcp`. */
export function shortUri(uri: string): string {
  return visibleText(uri.replace(/^sip:/, '').replace(/:5060(?=;|$)/, ''));
}

/** Control characters, and others that have no look of their own but change that of their neighbours, in a form that can be seen. */
export function visibleText(text: string): string {
  return text.replace(/(?![\t\n])[\p{Cc}\p{Cf}\u2028\u2029]/gu, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
}

const mostShown = 2_000;

/** Key or value of an item: its text, or that it is bytes; what is long is cut. */
export function bytesText(bytes: Bytes): string {
  const text = typeof bytes === 'string' ? bytes : `base64 ${bytes.base64}`;
  if (text.length <= mostShown) return visibleText(text);
  return `${visibleText(text.slice(0, mostShown))}… (${countWords(text.length - mostShown)} more characters)`;
}

/** `14:03:07.250` of the reader's own clock. */
export function timeWords(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const ms = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}
