import type { Source } from '../../ports/sip-transport.ts';
import { HeaderSpan, headerNamed, headerText, nextHeader } from './header-lookup.ts';
import type { ReadingProblem } from './reading-problem.ts';

/**
 * A message as its bytes and the places where things stand in them: one flat object, so that reading costs one
 * allocation. The reader writes the fields; everyone else only reads them. A start of -1 means "not there"; ends are
 * exclusive; value ranges are trimmed and may hold folding (CR, LF before a blank).
 */
export abstract class SipMessage {
  readonly buffer: Buffer;
  readonly source: Source;
  /** The first fault that was found. Only a {@link BadRequest} carries a message that has one. */
  problem: ReadingProblem | undefined = undefined;

  headersStart = 0;
  /** Where the blank line after the headers begins. */
  headersEnd = 0;
  bodyStart = 0;
  bodyEnd = 0;

  /** Value of the first Via line, which may hold several Vias. */
  viaStart = -1;
  viaEnd = -1;
  viaLines = 0;
  /** End of the topmost Via in that line. */
  topViaEnd = -1;
  viaTransportStart = -1;
  viaTransportEnd = -1;
  sentByStart = -1;
  sentByHostEnd = -1;
  /** End of host and port. */
  sentByEnd = -1;
  /** 0 when the sent-by has none. */
  sentByPort = 0;
  branchStart = -1;
  branchEnd = -1;
  /** Range of the whole parameter with its semicolon. */
  rportStart = -1;
  rportEnd = -1;
  rportHasValue = false;
  receivedStart = -1;
  receivedEnd = -1;

  fromStart = -1;
  fromEnd = -1;
  fromUriStart = -1;
  fromUriEnd = -1;
  fromTagStart = -1;
  fromTagEnd = -1;
  toStart = -1;
  toEnd = -1;
  toTagStart = -1;
  toTagEnd = -1;
  callIdStart = -1;
  callIdEnd = -1;
  cseqStart = -1;
  cseqEnd = -1;
  cseqMethodStart = -1;

  contentLength = -1;
  contentTypeStart = -1;
  contentTypeEnd = -1;
  maxForwardsStart = -1;
  maxForwardsEnd = -1;
  requireStart = -1;

  constructor(buffer: Buffer, source: Source) {
    this.buffer = buffer;
    this.source = source;
  }

  /** The whole message, start line to the end of the body. */
  get bytes(): Buffer {
    return this.bodyEnd === this.buffer.length ? this.buffer : this.buffer.subarray(0, this.bodyEnd);
  }

  get body(): Buffer {
    return this.buffer.subarray(this.bodyStart, this.bodyEnd);
  }

  get contentType(): string | undefined {
    return headerText(this.buffer, this.contentTypeStart, this.contentTypeEnd);
  }

  /** The branch of the topmost Via, empty when it has none. */
  get branch(): string {
    return this.branchStart < 0 ? '' : this.buffer.toString('latin1', this.branchStart, this.branchEnd);
  }

  /** The method that the CSeq names. */
  get cseqMethod(): string {
    return this.cseqMethodStart < 0 ? '' : this.buffer.toString('latin1', this.cseqMethodStart, this.cseqEnd);
  }

  /** True when the To header has a tag: the request is inside a dialog, or this is its echo in a reply. */
  get hasToTag(): boolean {
    return this.toTagStart >= 0;
  }

  /** First value of a header (long or compact name, any case), unfolded and trimmed. */
  header(name: string): string | undefined {
    const span = new HeaderSpan(this.headersStart);
    return headerNamed(this.buffer, this.headersEnd, span, name)
      ? headerText(this.buffer, span.valueStart, span.valueEnd)
      : undefined;
  }

  /** The values of all header lines of that name, in their order; a line with a list counts as one. */
  headerLines(name: string): string[] {
    const lines: string[] = [];
    const span = new HeaderSpan(this.headersStart);
    while (headerNamed(this.buffer, this.headersEnd, span, name)) {
      lines.push(headerText(this.buffer, span.valueStart, span.valueEnd) ?? '');
    }
    return lines;
  }

  /** All headers in their order, names as they were written. */
  headers(): (readonly [name: string, value: string])[] {
    const all: (readonly [string, string])[] = [];
    const span = new HeaderSpan(this.headersStart);
    while (nextHeader(this.buffer, this.headersEnd, span)) {
      const name = this.buffer.toString('latin1', span.nameStart, span.nameEnd);
      all.push([name, headerText(this.buffer, span.valueStart, span.valueEnd) ?? '']);
    }
    return all;
  }
}
