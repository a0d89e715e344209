import type { ReplyContent, Source } from '../../ports/sip-transport.ts';
import { CR, LF } from './byte-classes.ts';
import { scanHeaders } from './header-scan.ts';
import { PROBLEMS, type ReadingProblem } from './reading-problem.ts';
import { SipReplyMessage } from './sip-reply-message.ts';
import { SipRequestMessage } from './sip-request-message.ts';
import { scanRequestLine, scanStatusLine } from './start-line-scan.ts';

/** Datagrams may leave out Content-Length and may hold more than the message; on streams it is what frames it. */
export type Framing = 'datagram' | 'stream';

/**
 * A request that can't be taken, as the reply that says why: give it to the writer as it is. `message` is what could be
 * read, enough for the reply's headers; undefined when no Via says who is to be answered.
 */
export class BadRequest implements ReplyContent {
  readonly kind = 'bad-request';
  readonly code: ReadingProblem['code'];
  readonly reason: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly message: SipRequestMessage | undefined;

  constructor(problem: ReadingProblem, message: SipRequestMessage | undefined) {
    this.code = problem.code;
    this.reason = problem.reason;
    this.message = message;
    this.headers = problem.code === 420 && message !== undefined ? unsupported(message) : [];
  }
}

/** Bytes that are dropped without an answer. `why` is a fixed word for a counter. */
export interface Ignored {
  readonly kind: 'ignore';
  readonly why: 'keep_alive' | 'bad_reply' | 'bad_ack' | 'no_via' | 'not_framed' | 'hep';
}

export type ReadResult = SipRequestMessage | SipReplyMessage | BadRequest | Ignored;

const ignored = (why: Ignored['why']): Ignored => ({ kind: 'ignore', why });
const KEEP_ALIVE = ignored('keep_alive');
const BAD_REPLY = ignored('bad_reply');
const BAD_ACK = ignored('bad_ack');
const NO_VIA = ignored('no_via');
const HEP = ignored('hep');

/**
 * Reads one message from `buffer`, which the message keeps: it must not be written to again. Looks at each byte a fixed
 * number of times and decodes nothing. Never throws: whatever can't be read is a {@link BadRequest} or is ignored.
 */
export function readMessage(buffer: Buffer, source: Source, framing: Framing): ReadResult {
  const start = startOfMessage(buffer);
  if (start === buffer.length) return KEEP_ALIVE;
  const message = start === 0 ? buffer : buffer.subarray(start);
  if (framing === 'datagram' && isHep(message)) return HEP;
  return isReply(message) ? readReply(message, source, framing) : readRequest(message, source, framing);
}

/** RFC 3261 7.5: CRLFs before the start line are skipped. Four NULs are a keep-alive of some user agents. */
function startOfMessage(bytes: Uint8Array): number {
  let i = 0;
  while (i < bytes.length && (bytes[i] === CR || bytes[i] === LF || bytes[i] === 0)) i++;
  return i;
}

/**
 * `HEP3`: a copy for a capture server that came here by mistake. It holds the Via of the message in it. An answer would be copied
 * in turn, by this node to itself or by two nodes to each other, without end.
 */
function isHep(bytes: Uint8Array): boolean {
  return bytes[0] === 0x48 && bytes[1] === 0x45 && bytes[2] === 0x50 && bytes[3] === 0x33;
}

/** `SIP/`: no method holds a slash. */
function isReply(bytes: Uint8Array): boolean {
  return bytes[3] === 0x2f && (bytes[0]! | 0x20) === 0x73 && (bytes[1]! | 0x20) === 0x69 && (bytes[2]! | 0x20) === 0x70;
}

function readRequest(buffer: Buffer, source: Source, framing: Framing): ReadResult {
  const message = new SipRequestMessage(buffer, source);
  scanRequestLine(message);
  scanHeaders(message);
  // RFC 3261 18.2.2: a reply goes where the Vias say.
  if (message.viaLines === 0) return NO_VIA;
  const problem = message.problem ?? requestProblem(message, framing);
  return problem === undefined ? message : refused(message, problem);
}

function requestProblem(m: SipRequestMessage, framing: Framing): ReadingProblem | undefined {
  // Mandatory headers: RFC 3261 8.1.1. Max-Forwards is missing in RFC 2543 requests, which are to be taken (16.3).
  if (m.fromStart < 0) return PROBLEMS.noFrom;
  if (m.toStart < 0) return PROBLEMS.noTo;
  if (m.callIdStart < 0) return PROBLEMS.noCallId;
  if (m.cseqStart < 0) return PROBLEMS.noCseq;
  if (!m.cseqNamesMethod) return PROBLEMS.cseqMethod;
  const framingFault = endBody(m, framing);
  if (framingFault !== undefined) return framingFault;
  return m.requireStart >= 0 && isAnsweredHere(m) ? PROBLEMS.extension : undefined;
}

/**
 * KDMQ and OPTIONS end at this node, which knows no extension (RFC 3261 8.2.2.3). What another method requires is for
 * the program that handles it, and where none does the method is refused first (8.2.1).
 */
function isAnsweredHere(m: SipRequestMessage): boolean {
  return m.method === 'KDMQ' || m.method === 'OPTIONS';
}

/** RFC 3261 18.3: bytes behind Content-Length are no part of the message; too few of them are a fault. */
function endBody(m: SipRequestMessage | SipReplyMessage, framing: Framing): ReadingProblem | undefined {
  if (m.contentLength < 0) return framing === 'stream' ? PROBLEMS.noContentLength : undefined;
  if (m.contentLength > m.buffer.length - m.bodyStart) return PROBLEMS.bodyShort;
  m.bodyEnd = m.bodyStart + m.contentLength;
  return undefined;
}

function refused(message: SipRequestMessage, problem: ReadingProblem): ReadResult {
  message.problem = problem;
  if (message.method === 'ACK') return BAD_ACK;
  return new BadRequest(problem, message.answerable ? message : undefined);
}

function readReply(buffer: Buffer, source: Source, framing: Framing): ReadResult {
  const message = new SipReplyMessage(buffer, source);
  if (!scanStatusLine(message)) return BAD_REPLY;
  scanHeaders(message);
  const complete =
    message.problem === undefined && message.viaLines > 0 && message.cseqMethodStart >= 0 && message.callIdStart >= 0;
  return complete && endBody(message, framing) === undefined ? message : BAD_REPLY;
}

/** RFC 3261 8.2.2.3: the 420 names the extensions that are not supported; here that is all of them. */
function unsupported(m: SipRequestMessage): readonly (readonly [name: string, value: string])[] {
  return m.headerLines('Require').map((value) => ['Unsupported', value] as const);
}
