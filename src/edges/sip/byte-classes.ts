/** Bytes that the SIP grammar gives a meaning (RFC 3261 25.1). */
export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const LESS = 0x3c;
export const EQUALS = 0x3d;
export const GREATER = 0x3e;
export const QUESTION = 0x3f;
export const AT = 0x40;
export const BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSING_BRACKET = 0x5d;

const TOKEN = new Uint8Array(256);
for (const c of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~") TOKEN[c.charCodeAt(0)] = 1;

/** 1 for the bytes that may stand in any URI and end nothing there: all but controls, blanks, `"`, `<`, `>` and `@`. */
export const URI_BYTE = new Uint8Array(256).fill(1, 0x21);
for (const c of '"<>@\x7f') URI_BYTE[c.charCodeAt(0)] = 0;

/** 1 for the bytes of an unquoted parameter value, read liberally: all but controls, blanks, `"`, `;` and `,`. */
export const VALUE_BYTE = new Uint8Array(256).fill(1, 0x21);
for (const c of '";,') VALUE_BYTE[c.charCodeAt(0)] = 0;

/** The end of the run of token characters that begins at `i`; `i` itself when there is none. */
export function tokenEnd(bytes: Uint8Array, i: number, end: number): number {
  let at = i;
  while (at < end && TOKEN[bytes[at]!] === 1) at++;
  return at;
}

/**
 * The first byte from `i` on that is no blank. Folding (CRLF before a blank, RFC 3261 7.3.1) is one; where this stops at
 * a CR or LF the header ends.
 */
export function skipBlanks(bytes: Uint8Array, i: number, end: number): number {
  // Mostly there is none: this half is small enough to be inlined wherever it is called.
  return i < end && bytes[i]! <= SP ? blanksEnd(bytes, i, end) : i;
}

function blanksEnd(bytes: Uint8Array, i: number, end: number): number {
  let at = i;
  for (; at < end; at++) {
    const c = bytes[at]!;
    if (c > SP) return at;
    if (c === SP || c === TAB) continue;
    if (c !== CR || !isFolding(bytes, at, end)) return at;
    at += 2;
  }
  return at;
}

/** Whether the CR at `i` belongs to a folding. */
export function isFolding(bytes: Uint8Array, i: number, end: number): boolean {
  return i + 2 < end && bytes[i + 1] === LF && (bytes[i + 2] === SP || bytes[i + 2] === TAB);
}

/** Whether a value that was read up to `i` is at its end: there the line ends, or the bytes do. */
export function atLineEnd(bytes: Uint8Array, i: number, end: number): boolean {
  return i >= end || bytes[i] === CR || bytes[i] === LF;
}

export function isBlank(c: number): boolean {
  return c === SP || c === TAB || c === CR || c === LF;
}

export function isDigit(c: number): boolean {
  return c >= 0x30 && c <= 0x39;
}

/** The byte after the closing quote of the quoted string that begins at `i`, or -1 when its line ends before. */
export function quotedEnd(bytes: Uint8Array, i: number, end: number): number {
  for (let at = i + 1; at < end; at++) {
    const c = bytes[at]!;
    if (c === QUOTE) return at + 1;
    // A quoted pair may hold any character but CR and LF.
    if (c === BACKSLASH && at + 1 < end && bytes[at + 1] !== CR && bytes[at + 1] !== LF) at++;
    else if (c < SP && c !== TAB) {
      if (c !== CR || !isFolding(bytes, at, end)) return -1;
      at += 2;
    }
  }
  return -1;
}

/** Whether the range holds the given lower-case ASCII text, in any case. */
export function equalsIgnoringCase(bytes: Uint8Array, start: number, end: number, lower: string): boolean {
  if (end - start !== lower.length) return false;
  for (let i = 0; i < lower.length; i++) {
    const c = bytes[start + i]!;
    if ((c >= 0x41 && c <= 0x5a ? c | 0x20 : c) !== lower.charCodeAt(i)) return false;
  }
  return true;
}

/** Whether both ranges hold the same bytes. */
export function equalRanges(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean {
  if (aEnd - a !== bEnd - b) return false;
  for (let i = 0; i < aEnd - a; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}

/** The decimal number that fills the range, or -1 when it is none or above `max`. Leading zeros are no matter. */
export function decimal(bytes: Uint8Array, start: number, end: number, max: number): number {
  if (start >= end) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const c = bytes[i]!;
    if (!isDigit(c)) return -1;
    value = value * 10 + c - 0x30;
    if (value > max) return -1;
  }
  return value;
}
