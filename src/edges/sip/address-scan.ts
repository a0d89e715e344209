import {
  AT,
  atLineEnd,
  COLON,
  COMMA,
  equalsIgnoringCase,
  GREATER,
  LESS,
  QUESTION,
  QUOTE,
  quotedEnd,
  SEMICOLON,
  skipBlanks,
  tokenEnd,
  URI_BYTE,
} from './byte-classes.ts';
import { ParameterSpan, scanParameter } from './parameter-scan.ts';

/** Where the URI and the tag of a From or To value stand. `tagStart` is -1 when there is no tag. */
export class AddressSpan {
  uriStart = -1;
  uriEnd = -1;
  tagStart = -1;
  tagEnd = -1;
}

const parameter = new ParameterSpan();

/**
 * Finds URI and tag in the value of a From or To header (RFC 3261 20.10: name-addr or addr-spec, then parameters), which
 * begins at `start`. Returns where the line ends; -1 when it is malformed. The URI may be of any scheme; only its frame
 * is looked at.
 */
export function scanAddress(bytes: Uint8Array, start: number, end: number, span: AddressSpan): number {
  span.uriStart = -1;
  span.uriEnd = -1;
  span.tagStart = -1;
  span.tagEnd = -1;
  const open = displayNameEnd(bytes, start, end);
  if (open < 0) return -1;
  let i = bytes[open] === LESS ? scanBracketed(bytes, open, end, span) : scanBare(bytes, open, end, span);
  while (i >= 0 && i < end && bytes[i] === SEMICOLON) {
    i = scanParameter(bytes, i, end, parameter);
    if (i >= 0 && isTag(bytes) && span.tagStart < 0) {
      if (parameter.valueEnd <= parameter.valueStart) return -1;
      span.tagStart = parameter.valueStart;
      span.tagEnd = parameter.valueEnd;
    }
  }
  return i >= 0 && atLineEnd(bytes, i, end) ? i : -1;
}

function isTag(bytes: Uint8Array): boolean {
  return equalsIgnoringCase(bytes, parameter.nameStart, parameter.nameEnd, 'tag');
}

/** Where `<`, or a URI without brackets, begins. A display name is quoted, or tokens and bytes above ASCII. */
function displayNameEnd(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return -1;
  if (bytes[start] === LESS) return start;
  if (bytes[start] === QUOTE) {
    const closed = quotedEnd(bytes, start, end);
    const open = closed < 0 ? end : skipBlanks(bytes, closed, end);
    return open < end && bytes[open] === LESS ? open : -1;
  }
  let i = start;
  while (i < end) {
    const wordEnd = displayWordEnd(bytes, i, end);
    if (wordEnd < end && bytes[wordEnd] === COLON && i === start) return start;
    const next = skipBlanks(bytes, wordEnd, end);
    if (next >= end || next === i) return -1;
    if (bytes[next] === LESS) return next;
    i = next;
  }
  return -1;
}

function displayWordEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = tokenEnd(bytes, start, end);
  while (i < end && bytes[i]! >= 0x80) i = tokenEnd(bytes, i + 1, end);
  return i;
}

function scanBracketed(bytes: Uint8Array, open: number, end: number, span: AddressSpan): number {
  let i = open + 1;
  while (i < end && (URI_BYTE[bytes[i]!] === 1 || bytes[i] === AT)) i++;
  if (i >= end || bytes[i] !== GREATER || i === open + 1) return -1;
  span.uriStart = open + 1;
  span.uriEnd = i;
  return skipBlanks(bytes, i + 1, end);
}

/** Without brackets a `;` begins the header's own parameters, and `?` and `,` may not stand (RFC 3261 20). */
function scanBare(bytes: Uint8Array, start: number, end: number, span: AddressSpan): number {
  let i = start;
  while (i < end && (URI_BYTE[bytes[i]!] === 1 || bytes[i] === AT)) {
    if (bytes[i] === SEMICOLON) break;
    if (bytes[i] === QUESTION || bytes[i] === COMMA) return -1;
    i++;
  }
  span.uriStart = start;
  span.uriEnd = i;
  return skipBlanks(bytes, i, end);
}
