import type { Source } from '../../ports/sip-transport.ts';
import { COLON, CR, decimal, LF, SP, skipBlanks, TAB, tokenEnd } from './byte-classes.ts';
import { trimmedEnd } from './header-lookup.ts';
import { knownHeader } from './known-header.ts';
import { BadRequest, type Ignored, type ReadResult, readMessage } from './message-reader.ts';
import { PROBLEMS, type ReadingProblem } from './reading-problem.ts';

/**
 * A double CRLF between messages, to be answered with one CRLF (RFC 5626 3.5.1). Only who opened a
 * connection pings on it; on one that we opened, two single CRLFs that answer our own pings look the same.
 */
export interface Ping {
  readonly kind: 'ping';
}

const PING: Ping = { kind: 'ping' };
const NOT_FRAMED: Ignored = { kind: 'ignore', why: 'not_framed' };
const NOTHING = Buffer.alloc(0);

/** Bytes of start line and headers that a message on a stream may have. */
export const HEADER_LIMIT = 16 * 1024;

/**
 * Cuts a byte stream into messages by Content-Length (RFC 3261 18.3). Give it each chunk with `push`, then take what is
 * complete with `next` until that is undefined. A byte is copied at most twice however the stream is cut: messages that
 * lie inside one chunk not at all, so chunks must not be written to again.
 */
export class StreamFramer {
  readonly #source: Source;
  readonly #maxMessageSize: number;
  readonly #cut: ((message: Uint8Array) => void) | undefined;
  /** Bytes not yet taken: `#pending[#start .. #end)`. */
  #pending: Buffer = NOTHING;
  #start = 0;
  #end = 0;
  /** How far the search for the blank line has come. */
  #searched = 0;
  /** Where the header line begins that is not complete yet. */
  #lineStart = 0;
  /** Content-Length lines of the message under way, and what stands behind the name in the last of them. */
  #lengthLines = 0;
  #lengthStart = 0;
  #lengthEnd = 0;
  /** Bytes of the message under way once its headers are complete, else 0. */
  #messageSize = 0;
  /** Whether `#pending` is this framer's own, so that it may be written behind `#end`. */
  #owned = false;
  #lineEnds = 0;
  #broken = false;

  /** @param cut is shown the bytes of each message, of one that can't be framed its head, before it is read */
  constructor(source: Source, maxMessageSize: number, cut?: (message: Uint8Array) => void) {
    this.#source = source;
    this.#maxMessageSize = maxMessageSize;
    this.#cut = cut;
  }

  /** True after a framing fault: where the next message begins is unknown, so the connection is to be closed. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Whether a message has begun and is not complete. */
  get partial(): boolean {
    return this.#end > this.#start;
  }

  /** Whether the headers of the message under way are complete. */
  get inBody(): boolean {
    return this.#messageSize > 0;
  }

  push(chunk: Buffer): void {
    if (this.#broken) return;
    if (this.#start === this.#end) {
      this.#pending = chunk;
      this.#owned = false;
      this.#start = 0;
      this.#end = chunk.length;
      this.#begin();
    } else {
      this.#append(chunk);
    }
  }

  /** The next message, ping or fault; undefined when more bytes are needed. */
  next(): ReadResult | Ping | undefined {
    if (this.#broken) return undefined;
    if (this.#messageSize === 0) {
      if (this.#skipLineEnds()) return PING;
      const headerEnd = this.#findHeaderEnd();
      if (headerEnd < 0) {
        return this.#end - this.#start > HEADER_LIMIT ? this.#fail(PROBLEMS.headerTooLarge, this.#end) : undefined;
      }
      const problem = this.#measure(headerEnd);
      if (problem !== undefined) return this.#fail(problem, headerEnd);
    }
    if (this.#end - this.#start < this.#messageSize) return undefined;
    return this.#take();
  }

  #take(): ReadResult {
    const end = this.#start + this.#messageSize;
    const message = this.#pending.subarray(this.#start, end);
    this.#start = end;
    this.#begin();
    this.#cut?.(message);
    return readMessage(message, this.#source, 'stream');
  }

  /** A message begins at `#start`. */
  #begin(): void {
    this.#messageSize = 0;
    this.#lengthLines = 0;
    this.#searched = this.#start;
    this.#lineStart = this.#start;
  }

  /** Skips CRLFs between messages; true when two of them in a row make a ping. */
  #skipLineEnds(): boolean {
    while (this.#start < this.#end) {
      const c = this.#pending[this.#start]!;
      if (c !== CR && c !== LF) {
        this.#lineEnds = 0;
        return false;
      }
      this.#start++;
      this.#begin();
      if (c === LF && ++this.#lineEnds === 2) {
        this.#lineEnds = 0;
        return true;
      }
    }
    return false;
  }

  /**
   * The start of the body, or -1. Looks at each complete header line once. A blank line of bare LFs ends the headers too:
   * the reader then refuses the message.
   */
  #findHeaderEnd(): number {
    const bytes = this.#pending;
    const end = this.#end;
    for (let at = this.#searched; at < end; at++) {
      if (bytes[at] !== LF) continue;
      const size = at - this.#lineStart;
      if (size === 0 || (size === 1 && bytes[this.#lineStart] === CR)) return at + 1;
      this.#lookAtLine(this.#lineStart, at);
      this.#lineStart = at + 1;
    }
    this.#searched = end;
    return -1;
  }

  /** Keeps the place of a Content-Length, with what is folded onto it. The start line is no header. */
  #lookAtLine(start: number, end: number): void {
    const bytes = this.#pending;
    const first = bytes[start]!;
    if ((first === SP || first === TAB) && this.#lengthLines > 0 && this.#lengthEnd === start - 1)
      this.#lengthEnd = end;
    if (((first | 0x20) !== 0x63 && (first | 0x20) !== 0x6c) || start === this.#start) return;
    const nameEnd = tokenEnd(bytes, start, end);
    if (knownHeader(bytes, start, nameEnd) !== 'content-length') return;
    this.#lengthLines++;
    this.#lengthStart = nameEnd;
    this.#lengthEnd = end;
  }

  /** Sets the size of the message whose headers end at `headerEnd`, or says why it has none. */
  #measure(headerEnd: number): ReadingProblem | undefined {
    const headerSize = headerEnd - this.#start;
    if (headerSize > HEADER_LIMIT) return PROBLEMS.headerTooLarge;
    if (this.#lengthLines !== 1) return this.#lengthLines === 0 ? PROBLEMS.noContentLength : PROBLEMS.twice;
    const length = this.#contentLength();
    if (length < 0) return PROBLEMS.contentLength;
    if (headerSize + length > this.#maxMessageSize) return PROBLEMS.bodyTooLarge;
    this.#messageSize = headerSize + length;
    return undefined;
  }

  #contentLength(): number {
    const bytes = this.#pending;
    const end = trimmedEnd(bytes, this.#lengthStart, this.#lengthEnd);
    const colon = skipBlanks(bytes, this.#lengthStart, end);
    if (bytes[colon] !== COLON) return -1;
    return decimal(bytes, skipBlanks(bytes, colon + 1, end), end, 0x7fffffff);
  }

  /** After this nothing more is read. The fault is answered where the headers say to whom. */
  #fail(problem: ReadingProblem, headerEnd: number): ReadResult {
    const head = this.#pending.subarray(this.#start, headerEnd);
    this.#cut?.(head);
    const result = readMessage(head, this.#source, 'stream');
    this.#broken = true;
    this.#pending = NOTHING;
    this.#start = 0;
    this.#end = 0;
    const message = result.kind === 'bad-request' ? result.message : result.kind === 'request' ? result : undefined;
    return message === undefined || message.method === 'ACK' ? NOT_FRAMED : new BadRequest(problem, message);
  }

  #append(chunk: Buffer): void {
    const size = this.#end - this.#start;
    const needed = size + chunk.length;
    const mayWrite = this.#owned && this.#end + chunk.length <= this.#pending.length;
    if (!mayWrite) {
      const room = Buffer.allocUnsafe(Math.max(this.#messageSize, needed, Math.min(needed * 2, this.#maxMessageSize)));
      this.#pending.copy(room, 0, this.#start, this.#end);
      this.#searched -= this.#start;
      this.#lineStart -= this.#start;
      this.#lengthStart -= this.#start;
      this.#lengthEnd -= this.#start;
      this.#start = 0;
      this.#end = size;
      this.#pending = room;
      this.#owned = true;
    }
    chunk.copy(this.#pending, this.#end);
    this.#end += chunk.length;
  }
}
