import {
  AT,
  BRACKET,
  CLOSING_BRACKET,
  COLON,
  CR,
  decimal,
  equalsIgnoringCase,
  isDigit,
  LF,
  QUESTION,
  SEMICOLON,
  SP,
  tokenEnd,
  URI_BYTE,
} from './byte-classes.ts';
import { PROBLEMS, type ReadingProblem } from './reading-problem.ts';
import type { SipReplyMessage } from './sip-reply-message.ts';
import type { SipRequestMessage } from './sip-request-message.ts';

/**
 * Reads `METHOD SP Request-URI SP SIP/2.0 CRLF` (RFC 3261 7.1: one SP each, no blank anywhere else) and sets where the
 * headers begin. A fault becomes `m.problem`; the version is looked at first, as nothing else counts in another one.
 */
export function scanRequestLine(m: SipRequestMessage): void {
  const bytes = m.buffer;
  const end = bytes.length;
  m.methodEnd = tokenEnd(bytes, 0, end);
  m.uriStart = m.methodEnd + 1;
  const uriProblem = m.methodEnd > 0 && bytes[m.methodEnd] === SP ? scanRequestUri(m, end) : PROBLEMS.startLine;
  const versionStart = m.uriEnd + 1;
  if (uriProblem === undefined && isVersion2Line(bytes, versionStart, end)) {
    m.headersStart = versionStart + 9;
    return;
  }
  const lineEnd = endOfLine(bytes);
  m.headersStart = startOfNextLine(bytes, lineEnd);
  m.problem = uriProblem === PROBLEMS.startLine ? uriProblem : (versionProblem(bytes, m.uriEnd, lineEnd) ?? uriProblem);
}

function isVersion2Line(bytes: Uint8Array, start: number, end: number): boolean {
  return start + 9 <= end && bytes[start + 7] === CR && bytes[start + 8] === LF && isVersion2(bytes, start, start + 7);
}

function versionProblem(bytes: Uint8Array, uriEnd: number, lineEnd: number): ReadingProblem | undefined {
  if (uriEnd >= lineEnd || bytes[uriEnd] !== SP) return PROBLEMS.startLine;
  if (isVersion2(bytes, uriEnd + 1, lineEnd)) return bytes[lineEnd] === LF ? PROBLEMS.lineFeed : undefined;
  return isVersion(bytes, uriEnd + 1, lineEnd) ? PROBLEMS.version : PROBLEMS.startLine;
}

/** Reads `SIP/2.0 SP code SP reason CRLF` (RFC 3261 7.2). False when the reply is to be dropped. */
export function scanStatusLine(m: SipReplyMessage): boolean {
  const bytes = m.buffer;
  const lineEnd = endOfLine(bytes);
  m.headersStart = startOfNextLine(bytes, lineEnd);
  if (!isVersion2(bytes, 0, 7) || lineEnd < 11 || bytes[7] !== SP) return false;
  m.code = decimal(bytes, 8, 11, 699);
  // Liberal in one thing: the SP after the code may be missing where there is no reason phrase.
  if (m.code < 100 || (lineEnd > 11 && bytes[11] !== SP)) return false;
  m.reasonStart = Math.min(12, lineEnd);
  m.reasonEnd = lineEnd;
  return true;
}

/** The CR or LF that ends the start line, or the end of the bytes. */
function endOfLine(bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i]!;
    if (c === LF || (c === CR && bytes[i + 1] === LF)) return i;
  }
  return bytes.length;
}

function startOfNextLine(bytes: Uint8Array, lineEnd: number): number {
  return Math.min(bytes.length, lineEnd + (bytes[lineEnd] === CR ? 2 : 1));
}

function isVersion2(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === 7 && equalsIgnoringCase(bytes, start, end, 'sip/2.0');
}

/** RFC 3261 25.1 `SIP-Version`: any two numbers. */
function isVersion(bytes: Uint8Array, start: number, end: number): boolean {
  if (start + 4 > end || !equalsIgnoringCase(bytes, start, start + 4, 'sip/')) return false;
  const dot = digitsEnd(bytes, start + 4, end);
  if (dot === start + 4 || dot >= end || bytes[dot] !== 0x2e) return false;
  return dot + 1 < end && digitsEnd(bytes, dot + 1, end) === end;
}

function digitsEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end && isDigit(bytes[i]!)) i++;
  return i;
}

/**
 * Finds the end of the request URI, the next blank, and says what is wrong with it. Host and port are looked at as far as
 * two readers could see different ones.
 */
function scanRequestUri(m: SipRequestMessage, end: number): ReadingProblem | undefined {
  const bytes = m.buffer;
  const start = m.uriStart;
  let i = start;
  while (i < end && isSchemeByte(bytes[i]!)) i++;
  const colon = i;
  let ats = 0;
  let odd = false;
  for (; i < end && bytes[i]! > SP; i++) {
    if (URI_BYTE[bytes[i]!] === 1) continue;
    if (bytes[i] === AT) {
      ats++;
      m.uriUserEnd = i;
    } else {
      odd = true;
    }
  }
  m.uriEnd = i;
  if (odd || colon === start || bytes[colon] !== COLON || isDigit(bytes[start]!)) return PROBLEMS.requestUri;
  const isSip = equalsIgnoringCase(bytes, start, colon, 'sip') || equalsIgnoringCase(bytes, start, colon, 'sips');
  if (!isSip) return PROBLEMS.scheme;
  m.uriUserStart = colon + 1;
  if (ats > 1 || m.uriUserEnd === m.uriUserStart) return PROBLEMS.requestUri;
  return isHostPart(bytes, ats === 0 ? colon + 1 : m.uriUserEnd + 1, i) ? undefined : PROBLEMS.requestUri;
}

function isSchemeByte(c: number): boolean {
  const lower = c | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || isDigit(c) || c === 0x2b || c === 0x2d || c === 0x2e;
}

/** `host[:port]` and then parameters. Headers may not stand in a request URI (RFC 3261 19.1.1). */
function isHostPart(bytes: Uint8Array, start: number, end: number): boolean {
  let i = start;
  if (bytes[start] === BRACKET) {
    while (i < end && bytes[i] !== CLOSING_BRACKET) i++;
    if (i++ >= end) return false;
  } else {
    i = tokenEnd(bytes, start, end);
  }
  if (i === start) return false;
  if (i < end && bytes[i] === COLON) {
    const portEnd = digitsEnd(bytes, i + 1, end);
    if (decimal(bytes, i + 1, portEnd, 65535) < 0) return false;
    i = portEnd;
  }
  if (i < end && bytes[i] !== SEMICOLON) return false;
  while (i < end) if (bytes[i++] === QUESTION) return false;
  return true;
}
