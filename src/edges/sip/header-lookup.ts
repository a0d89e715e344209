import { COLON, CR, equalsIgnoringCase, isBlank, LF, SP, skipBlanks, TAB } from './byte-classes.ts';

/** Long names of the compact forms (RFC 3261 7.3.3, and the extensions that registered one). */
const LONG_NAMES: ReadonlyMap<string, string> = new Map([
  ['a', 'accept-contact'],
  ['b', 'referred-by'],
  ['c', 'content-type'],
  ['d', 'request-disposition'],
  ['e', 'content-encoding'],
  ['f', 'from'],
  ['i', 'call-id'],
  ['j', 'reject-contact'],
  ['k', 'supported'],
  ['l', 'content-length'],
  ['m', 'contact'],
  ['n', 'identity-info'],
  ['o', 'event'],
  ['r', 'refer-to'],
  ['s', 'subject'],
  ['t', 'to'],
  ['u', 'allow-events'],
  ['v', 'via'],
  ['x', 'session-expires'],
  ['y', 'identity'],
]);
const COMPACT_NAMES: ReadonlyMap<string, string> = new Map([...LONG_NAMES].map(([compact, long]) => [long, compact]));

/** The name of a header as others are compared with it: long and in lower case. */
export function canonicalName(name: string): string {
  const lower = name.toLowerCase();
  return LONG_NAMES.get(lower) ?? lower;
}

/** Where one header stands. `next` is the start of the line after it. */
export class HeaderSpan {
  nameStart = 0;
  nameEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  next: number;

  constructor(start: number) {
    this.next = start;
  }
}

/** Moves the span to the next header before `end`. Lines without a colon are passed over. */
export function nextHeader(bytes: Uint8Array, end: number, span: HeaderSpan): boolean {
  while (span.next < end) {
    const start = span.next;
    const lineEnd = logicalLineEnd(bytes, start, end);
    span.next = bytes[lineEnd] === CR && bytes[lineEnd + 1] === LF ? lineEnd + 2 : lineEnd + 1;
    let colon = start;
    while (colon < lineEnd && bytes[colon] !== COLON) colon++;
    if (colon === lineEnd) continue;
    span.nameStart = start;
    span.nameEnd = trimmedEnd(bytes, start, colon);
    span.valueStart = skipBlanks(bytes, colon + 1, lineEnd);
    span.valueEnd = trimmedEnd(bytes, span.valueStart, lineEnd);
    return true;
  }
  return false;
}

/** Moves the span to the next header of that name (long or compact, any case). */
export function headerNamed(bytes: Uint8Array, end: number, span: HeaderSpan, name: string): boolean {
  const long = canonicalName(name);
  const compact = COMPACT_NAMES.get(long);
  while (nextHeader(bytes, end, span)) {
    if (equalsIgnoringCase(bytes, span.nameStart, span.nameEnd, long)) return true;
    if (compact !== undefined && equalsIgnoringCase(bytes, span.nameStart, span.nameEnd, compact)) return true;
  }
  return false;
}

/** A header value as text: UTF-8, each folding one blank. Undefined when the header is not there (start -1). */
export function headerText(buffer: Buffer, start: number, end: number): string | undefined {
  if (start < 0) return undefined;
  const text = buffer.toString('utf8', start, end);
  if (!text.includes('\n')) return text;
  const lines = text.split('\n').map((line) => line.trim());
  return lines.join(' ');
}

/** The end of the range without the blanks that end it. */
export function trimmedEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && isBlank(bytes[at - 1]!)) at--;
  return at;
}

/** Where the line and all that is folded onto it ends: at its CR or LF, or at `end`. */
function logicalLineEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    if (bytes[at] !== LF) continue;
    const after = at + 1 < end ? bytes[at + 1]! : 0;
    if (after === SP || after === TAB) continue;
    return at > start && bytes[at - 1] === CR ? at - 1 : at;
  }
  return end;
}
