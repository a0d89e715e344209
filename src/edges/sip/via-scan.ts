import {
  atLineEnd,
  BRACKET,
  CLOSING_BRACKET,
  COLON,
  COMMA,
  decimal,
  equalsIgnoringCase,
  isDigit,
  SEMICOLON,
  skipBlanks,
  tokenEnd,
} from './byte-classes.ts';
import { ParameterSpan, scanParameter } from './parameter-scan.ts';
import type { SipMessage } from './sip-message.ts';

const parameter = new ParameterSpan();

/**
 * Finds the parts of the topmost Via (RFC 3261 20.42), which begins at `start`. Returns where it stopped: at the end of
 * the line or at the comma before the next Via; -1 when it is malformed, with what stands before the fault kept.
 * Protocol name and version are any token, and an unknown transport is no fault (RFC 4475 3.1.1.10).
 */
export function scanTopVia(m: SipMessage, start: number): number {
  const bytes = m.buffer;
  const end = bytes.length;
  let i = slashAfterToken(bytes, start, end);
  if (i < 0) return -1;
  i = slashAfterToken(bytes, i, end);
  if (i < 0) return -1;
  m.viaTransportStart = i;
  m.viaTransportEnd = tokenEnd(bytes, i, end);
  i = skipBlanks(bytes, m.viaTransportEnd, end);
  if (i === m.viaTransportEnd || m.viaTransportEnd === m.viaTransportStart) return -1;
  i = scanSentBy(m, i, end);
  return i < 0 ? -1 : scanViaParameters(m, i, end);
}

function slashAfterToken(bytes: Uint8Array, i: number, end: number): number {
  const afterToken = tokenEnd(bytes, i, end);
  if (afterToken === i) return -1;
  const slash = skipBlanks(bytes, afterToken, end);
  return slash < end && bytes[slash] === 0x2f ? skipBlanks(bytes, slash + 1, end) : -1;
}

function scanSentBy(m: SipMessage, start: number, end: number): number {
  const bytes = m.buffer;
  const hostEnd = bytes[start] === BRACKET ? bracketedEnd(bytes, start, end) : tokenEnd(bytes, start, end);
  if (hostEnd <= start) return -1;
  m.sentByStart = start;
  m.sentByHostEnd = hostEnd;
  m.sentByEnd = hostEnd;
  const colon = skipBlanks(bytes, hostEnd, end);
  if (colon >= end || bytes[colon] !== COLON) return colon;
  const portStart = skipBlanks(bytes, colon + 1, end);
  let portEnd = portStart;
  while (portEnd < end && isDigit(bytes[portEnd]!)) portEnd++;
  const port = decimal(bytes, portStart, portEnd, 65535);
  if (port < 1) return -1;
  m.sentByPort = port;
  m.sentByEnd = portEnd;
  return skipBlanks(bytes, portEnd, end);
}

function bracketedEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let i = start + 1; i < end; i++) {
    const c = bytes[i]!;
    if (c === CLOSING_BRACKET) return i + 1;
    if (c <= 0x20 || c === SEMICOLON || c === COMMA) return -1;
  }
  return -1;
}

function scanViaParameters(m: SipMessage, start: number, end: number): number {
  const bytes = m.buffer;
  let i = start;
  while (i < end && bytes[i] === SEMICOLON) {
    i = scanParameter(bytes, i, end, parameter);
    if (i < 0) return -1;
    keepViaParameter(m);
  }
  return atLineEnd(bytes, i, end) || bytes[i] === COMMA ? i : -1;
}

function keepViaParameter(m: SipMessage): void {
  const { start, nameStart, nameEnd, valueStart, valueEnd } = parameter;
  const spanEnd = valueEnd < 0 ? nameEnd : valueEnd;
  switch (nameEnd - nameStart) {
    case 5:
      if (m.rportStart < 0 && equalsIgnoringCase(m.buffer, nameStart, nameEnd, 'rport')) {
        m.rportStart = start;
        m.rportEnd = spanEnd;
        m.rportHasValue = valueEnd > valueStart;
      }
      break;
    case 6:
      if (m.branchStart < 0 && valueStart >= 0 && equalsIgnoringCase(m.buffer, nameStart, nameEnd, 'branch')) {
        m.branchStart = valueStart;
        m.branchEnd = valueEnd;
      }
      break;
    case 8:
      if (m.receivedStart < 0 && equalsIgnoringCase(m.buffer, nameStart, nameEnd, 'received')) {
        m.receivedStart = start;
        m.receivedEnd = spanEnd;
      }
      break;
  }
}
