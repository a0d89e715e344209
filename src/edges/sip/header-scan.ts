import { AddressSpan, scanAddress } from './address-scan.ts';
import {
  BACKSLASH,
  COLON,
  CR,
  decimal,
  equalsIgnoringCase,
  LF,
  SP,
  skipBlanks,
  TAB,
  tokenEnd,
} from './byte-classes.ts';
import { trimmedEnd } from './header-lookup.ts';
import { PROBLEMS, type ReadingProblem } from './reading-problem.ts';
import type { SipMessage } from './sip-message.ts';
import { scanTopVia } from './via-scan.ts';

type Problem = ReadingProblem | undefined;

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
    if (bytes[i] === CR && i + 1 < end && bytes[i + 1] === LF) {
      endHeaders(m, i, i + 2);
      return;
    }
    if (bytes[i] === LF) {
      fault(m, PROBLEMS.lineFeed);
      endHeaders(m, i, i + 1);
      return;
    }
    i = scanLine(m, i, end);
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
function fault(m: SipMessage, problem: Problem): void {
  m.problem ??= problem;
}

/** Reads one header with all lines that are folded onto it; returns the start of the next. */
function scanLine(m: SipMessage, start: number, end: number): number {
  const bytes = m.buffer;
  const nameEnd = tokenEnd(bytes, start, end);
  let i = nameEnd;
  while (i < end && (bytes[i] === SP || bytes[i] === TAB)) i++;
  const named = nameEnd > start && i < end && bytes[i] === COLON;
  const colon = i;
  if (!named) fault(m, PROBLEMS.header);
  for (; i < end; i++) {
    const c = bytes[i]!;
    if (c >= SP || c === TAB) continue;
    if (c === LF || (c === CR && i + 1 < end && bytes[i + 1] === LF)) {
      const next = c === LF ? i + 1 : i + 2;
      if (c === LF) fault(m, PROBLEMS.lineFeed);
      if (next < end && (bytes[next] === SP || bytes[next] === TAB)) {
        i = next;
        continue;
      }
      if (named) fault(m, keepHeader(m, start, nameEnd, colon + 1, i));
      return next;
    }
    // A quoted pair may hold any control character but CR and LF (RFC 3261 25.1).
    if (bytes[i - 1] !== BACKSLASH || c === CR) fault(m, PROBLEMS.control);
  }
  if (named) fault(m, keepHeader(m, start, nameEnd, colon + 1, end));
  return end;
}

function keepHeader(m: SipMessage, nameStart: number, nameEnd: number, afterColon: number, lineEnd: number): Problem {
  const bytes = m.buffer;
  const length = nameEnd - nameStart;
  const first = bytes[nameStart]! | 0x20;
  switch (length) {
    case 1:
      if (first === 0x76) return keepVia(m, afterColon, lineEnd);
      if (first === 0x66) return keepFrom(m, afterColon, lineEnd);
      if (first === 0x74) return keepTo(m, afterColon, lineEnd);
      if (first === 0x69) return keepCallId(m, afterColon, lineEnd);
      if (first === 0x6c) return keepContentLength(m, afterColon, lineEnd);
      if (first === 0x63) return keepContentType(m, afterColon, lineEnd);
      return undefined;
    case 2:
      if (equalsIgnoringCase(bytes, nameStart, nameEnd, 'to')) return keepTo(m, afterColon, lineEnd);
      return undefined;
    case 3:
      if (equalsIgnoringCase(bytes, nameStart, nameEnd, 'via')) return keepVia(m, afterColon, lineEnd);
      return undefined;
    case 4:
      if (equalsIgnoringCase(bytes, nameStart, nameEnd, 'from')) return keepFrom(m, afterColon, lineEnd);
      if (equalsIgnoringCase(bytes, nameStart, nameEnd, 'cseq')) return keepCseq(m, afterColon, lineEnd);
      return undefined;
    case 7:
      if (equalsIgnoringCase(bytes, nameStart, nameEnd, 'call-id')) return keepCallId(m, afterColon, lineEnd);
      if (equalsIgnoringCase(bytes, nameStart, nameEnd, 'require')) return keepRequire(m, afterColon, lineEnd);
      return undefined;
    case 12:
      if (equalsIgnoringCase(bytes, nameStart, nameEnd, 'max-forwards')) return keepMaxForwards(m, afterColon, lineEnd);
      if (equalsIgnoringCase(bytes, nameStart, nameEnd, 'content-type')) return keepContentType(m, afterColon, lineEnd);
      return undefined;
    case 14:
      if (equalsIgnoringCase(bytes, nameStart, nameEnd, 'content-length'))
        return keepContentLength(m, afterColon, lineEnd);
      return undefined;
  }
  return undefined;
}

function keepVia(m: SipMessage, afterColon: number, lineEnd: number): Problem {
  m.viaLines++;
  if (m.viaLines > 1) return undefined;
  m.viaStart = skipBlanks(m.buffer, afterColon, lineEnd);
  m.viaEnd = trimmedEnd(m.buffer, m.viaStart, lineEnd);
  if (!scanTopVia(m)) return PROBLEMS.via;
  return undefined;
}

function keepFrom(m: SipMessage, afterColon: number, lineEnd: number): Problem {
  if (m.fromStart >= 0) return PROBLEMS.twice;
  m.fromStart = skipBlanks(m.buffer, afterColon, lineEnd);
  m.fromEnd = trimmedEnd(m.buffer, m.fromStart, lineEnd);
  if (!scanAddress(m.buffer, m.fromStart, m.fromEnd, address)) return PROBLEMS.from;
  m.fromUriStart = address.uriStart;
  m.fromUriEnd = address.uriEnd;
  m.fromTagStart = address.tagStart;
  m.fromTagEnd = address.tagEnd;
  return undefined;
}

function keepTo(m: SipMessage, afterColon: number, lineEnd: number): Problem {
  if (m.toStart >= 0) return PROBLEMS.twice;
  m.toStart = skipBlanks(m.buffer, afterColon, lineEnd);
  m.toEnd = trimmedEnd(m.buffer, m.toStart, lineEnd);
  if (!scanAddress(m.buffer, m.toStart, m.toEnd, address)) return PROBLEMS.to;
  m.toTagStart = address.tagStart;
  m.toTagEnd = address.tagEnd;
  return undefined;
}

function keepCallId(m: SipMessage, afterColon: number, lineEnd: number): Problem {
  if (m.callIdStart >= 0) return PROBLEMS.twice;
  m.callIdStart = skipBlanks(m.buffer, afterColon, lineEnd);
  m.callIdEnd = trimmedEnd(m.buffer, m.callIdStart, lineEnd);
  if (m.callIdEnd === m.callIdStart) return PROBLEMS.noCallId;
  return undefined;
}

/** RFC 3261 8.1.1.5: a number that fits 32 bits, and the method. */
function keepCseq(m: SipMessage, afterColon: number, lineEnd: number): Problem {
  if (m.cseqStart >= 0) return PROBLEMS.twice;
  const bytes = m.buffer;
  m.cseqStart = skipBlanks(bytes, afterColon, lineEnd);
  m.cseqEnd = trimmedEnd(bytes, m.cseqStart, lineEnd);
  const numberEnd = tokenEnd(bytes, m.cseqStart, m.cseqEnd);
  const method = skipBlanks(bytes, numberEnd, m.cseqEnd);
  if (
    decimal(bytes, m.cseqStart, numberEnd, 0xffffffff) < 0 ||
    method === numberEnd ||
    method === m.cseqEnd ||
    tokenEnd(bytes, method, m.cseqEnd) !== m.cseqEnd
  ) {
    return PROBLEMS.cseq;
  }
  m.cseqMethodStart = method;
  return undefined;
}

/** Two Content-Lengths are refused even when they are equal: what stands in front of us may have read the other one. */
function keepContentLength(m: SipMessage, afterColon: number, lineEnd: number): Problem {
  if (m.contentLength >= 0) return PROBLEMS.twice;
  const start = skipBlanks(m.buffer, afterColon, lineEnd);
  const length = decimal(m.buffer, start, trimmedEnd(m.buffer, start, lineEnd), 0x7fffffff);
  if (length < 0) return PROBLEMS.contentLength;
  m.contentLength = length;
  return undefined;
}

function keepContentType(m: SipMessage, afterColon: number, lineEnd: number): Problem {
  if (m.contentTypeStart >= 0) return PROBLEMS.twice;
  m.contentTypeStart = skipBlanks(m.buffer, afterColon, lineEnd);
  m.contentTypeEnd = trimmedEnd(m.buffer, m.contentTypeStart, lineEnd);
  return undefined;
}

function keepMaxForwards(m: SipMessage, afterColon: number, lineEnd: number): Problem {
  if (m.maxForwardsStart >= 0) return PROBLEMS.twice;
  m.maxForwardsStart = skipBlanks(m.buffer, afterColon, lineEnd);
  m.maxForwardsEnd = trimmedEnd(m.buffer, m.maxForwardsStart, lineEnd);
  return undefined;
}

function keepRequire(m: SipMessage, afterColon: number, lineEnd: number): Problem {
  const start = skipBlanks(m.buffer, afterColon, lineEnd);
  if (m.requireStart < 0 && trimmedEnd(m.buffer, start, lineEnd) > start) m.requireStart = start;
  return undefined;
}
