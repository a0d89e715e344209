import { AddressSpan, scanAddress } from './address-scan.ts';
import {
  atLineEnd,
  BACKSLASH,
  COLON,
  COMMA,
  CR,
  decimal,
  isDigit,
  isFolding,
  LF,
  SP,
  skipBlanks,
  TAB,
  tokenEnd,
} from './byte-classes.ts';
import { trimmedEnd } from './header-lookup.ts';
import { type KnownHeader, knownHeader } from './known-header.ts';
import { PROBLEMS, type ReadingProblem } from './reading-problem.ts';
import type { SipMessage } from './sip-message.ts';
import { scanTopVia } from './via-scan.ts';

const address = new AddressSpan();

/**
 * Walks once over the header lines from `m.headersStart` on and writes down where the headers stand that the node needs.
 * The first fault becomes `m.problem`; the walk goes on behind it, so that even a bad request can be answered.
 */
export function scanHeaders(m: SipMessage): void {
  const bytes = m.buffer;
  const end = bytes.length;
  let i = m.headersStart;
  while (i < end) {
    const c = bytes[i]!;
    if ((c === CR && i + 1 < end && bytes[i + 1] === LF) || c === LF) {
      if (c === LF) fault(m, PROBLEMS.lineFeed);
      endHeaders(m, i, c === LF ? i + 1 : i + 2);
      return;
    }
    i = nextLine(m, scanHeader(m, i, end), end);
  }
  fault(m, PROBLEMS.noBlankLine);
  endHeaders(m, end, end);
}

function endHeaders(m: SipMessage, headersEnd: number, bodyStart: number): void {
  m.headersEnd = headersEnd;
  m.bodyStart = bodyStart;
  m.bodyEnd = m.buffer.length;
}

/** Keeps the first fault only: later ones are often its consequence. */
function fault(m: SipMessage, problem: ReadingProblem): void {
  m.problem ??= problem;
}

/** The start of the line after the one that ends at `lineEnd`. */
function nextLine(m: SipMessage, lineEnd: number, end: number): number {
  const bytes = m.buffer;
  if (lineEnd + 1 < end && bytes[lineEnd] === CR && bytes[lineEnd + 1] === LF) return lineEnd + 2;
  if (lineEnd < end) fault(m, PROBLEMS.lineFeed);
  return lineEnd + 1;
}

/** Reads one header with all lines that are folded onto it; returns where it ends. */
function scanHeader(m: SipMessage, start: number, end: number): number {
  const bytes = m.buffer;
  const nameEnd = tokenEnd(bytes, start, end);
  const colon = colonAfter(bytes, nameEnd, end);
  if (nameEnd === start || colon < 0) return faulty(m, start, PROBLEMS.header);
  return keepHeader(m, knownHeader(bytes, start, nameEnd), skipBlanks(bytes, colon + 1, end), end);
}

/** Where the colon behind a header's name stands, or -1. Blanks may stand between, on the same line (RFC 3261 7.3.1). */
function colonAfter(bytes: Uint8Array, nameEnd: number, end: number): number {
  let i = nameEnd;
  while (i < end && (bytes[i] === SP || bytes[i] === TAB)) i++;
  return i < end && bytes[i] === COLON ? i : -1;
}

/** The end of the header that holds `i`: the CR or LF behind which no blank stands, or the end of the bytes. */
function restOfHeader(m: SipMessage, start: number): number {
  const bytes = m.buffer;
  const end = bytes.length;
  let i = start;
  for (; i < end; i++) {
    const c = bytes[i]!;
    if (c >= SP || c === TAB) continue;
    if (c === LF) return i;
    if (c === CR && i + 1 < end && bytes[i + 1] === LF) {
      if (!isFolding(bytes, i, end)) return i;
      i += 2;
    } else if (c === CR || i === 0 || bytes[i - 1] !== BACKSLASH) {
      // A quoted pair may hold any control character but CR and LF (RFC 3261 25.1).
      fault(m, PROBLEMS.control);
    }
  }
  return i;
}

function faulty(m: SipMessage, start: number, problem: ReadingProblem): number {
  fault(m, problem);
  return restOfHeader(m, start);
}

/** Keeps what stands in the value that begins at `start`; returns where the header ends. */
function keepHeader(m: SipMessage, name: KnownHeader, start: number, end: number): number {
  switch (name) {
    case 'via':
      return keepVia(m, start);
    case 'from':
      return keepFrom(m, start, end);
    case 'to':
      return keepTo(m, start, end);
    case 'cseq':
      return keepCseq(m, start, end);
    case 'call-id':
      return keepCallId(m, start);
    case 'content-length':
      return keepContentLength(m, start, end);
    case 'max-forwards':
      return keepMaxForwards(m, start);
    case 'content-type':
      return keepContentType(m, start);
    case 'require':
      return keepRequire(m, start);
    case 'other':
      return restOfHeader(m, start);
  }
}

function keepVia(m: SipMessage, start: number): number {
  const bytes = m.buffer;
  m.viaLines++;
  if (m.viaLines > 1) return restOfHeader(m, start);
  const stop = scanTopVia(m, start);
  const lineEnd = stop < 0 ? faulty(m, start, PROBLEMS.via) : bytes[stop] === COMMA ? restOfHeader(m, stop) : stop;
  m.viaStart = start;
  m.viaEnd = trimmedEnd(bytes, start, lineEnd);
  m.topViaEnd = stop < 0 ? m.viaEnd : trimmedEnd(bytes, start, stop);
  return lineEnd;
}

function keepFrom(m: SipMessage, start: number, end: number): number {
  if (m.fromStart >= 0) return faulty(m, start, PROBLEMS.twice);
  const stop = scanAddress(m.buffer, start, end, address);
  const lineEnd = stop < 0 ? faulty(m, start, PROBLEMS.from) : stop;
  m.fromStart = start;
  m.fromEnd = trimmedEnd(m.buffer, start, lineEnd);
  m.fromUriStart = address.uriStart;
  m.fromUriEnd = address.uriEnd;
  m.fromTagStart = address.tagStart;
  m.fromTagEnd = address.tagEnd;
  return lineEnd;
}

function keepTo(m: SipMessage, start: number, end: number): number {
  if (m.toStart >= 0) return faulty(m, start, PROBLEMS.twice);
  const stop = scanAddress(m.buffer, start, end, address);
  const lineEnd = stop < 0 ? faulty(m, start, PROBLEMS.to) : stop;
  m.toStart = start;
  m.toEnd = trimmedEnd(m.buffer, start, lineEnd);
  m.toTagStart = address.tagStart;
  m.toTagEnd = address.tagEnd;
  return lineEnd;
}

/** RFC 3261 8.1.1.5: a number that fits 32 bits, and the method. */
function keepCseq(m: SipMessage, start: number, end: number): number {
  if (m.cseqStart >= 0) return faulty(m, start, PROBLEMS.twice);
  const bytes = m.buffer;
  const numberEnd = tokenEnd(bytes, start, end);
  const method = skipBlanks(bytes, numberEnd, end);
  const methodEnd = tokenEnd(bytes, method, end);
  const stop = skipBlanks(bytes, methodEnd, end);
  const fine =
    decimal(bytes, start, numberEnd, 0xffffffff) >= 0 &&
    method > numberEnd &&
    methodEnd > method &&
    atLineEnd(bytes, stop, end);
  const lineEnd = fine ? stop : faulty(m, start, PROBLEMS.cseq);
  m.cseqStart = start;
  m.cseqEnd = fine ? methodEnd : trimmedEnd(bytes, start, lineEnd);
  m.cseqMethodStart = fine ? method : -1;
  return lineEnd;
}

function keepCallId(m: SipMessage, start: number): number {
  if (m.callIdStart >= 0) return faulty(m, start, PROBLEMS.twice);
  const lineEnd = restOfHeader(m, start);
  m.callIdStart = start;
  m.callIdEnd = trimmedEnd(m.buffer, start, lineEnd);
  if (m.callIdEnd === start) fault(m, PROBLEMS.noCallId);
  return lineEnd;
}

/** Two Content-Lengths are refused even when they are equal: what stands in front of us may have read the other one. */
function keepContentLength(m: SipMessage, start: number, end: number): number {
  if (m.contentLength >= 0) return faulty(m, start, PROBLEMS.twice);
  const bytes = m.buffer;
  let digitsEnd = start;
  while (digitsEnd < end && isDigit(bytes[digitsEnd]!)) digitsEnd++;
  const length = decimal(bytes, start, digitsEnd, 0x7fffffff);
  const stop = skipBlanks(bytes, digitsEnd, end);
  if (length < 0 || !atLineEnd(bytes, stop, end)) return faulty(m, start, PROBLEMS.contentLength);
  m.contentLength = length;
  return stop;
}

function keepContentType(m: SipMessage, start: number): number {
  if (m.contentTypeStart >= 0) return faulty(m, start, PROBLEMS.twice);
  const lineEnd = restOfHeader(m, start);
  m.contentTypeStart = start;
  m.contentTypeEnd = trimmedEnd(m.buffer, start, lineEnd);
  return lineEnd;
}

function keepMaxForwards(m: SipMessage, start: number): number {
  if (m.maxForwardsStart >= 0) return faulty(m, start, PROBLEMS.twice);
  const lineEnd = restOfHeader(m, start);
  m.maxForwardsStart = start;
  m.maxForwardsEnd = trimmedEnd(m.buffer, start, lineEnd);
  return lineEnd;
}

function keepRequire(m: SipMessage, start: number): number {
  const lineEnd = restOfHeader(m, start);
  if (m.requireStart < 0 && trimmedEnd(m.buffer, start, lineEnd) > start) m.requireStart = start;
  return lineEnd;
}
