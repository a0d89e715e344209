import type { NodeUri } from '../../core/node-uri.ts';
import type { SipRequest } from '../../ports/sip-transport.ts';
import { COLON, decimal, equalRanges, equalsIgnoringCase } from './byte-classes.ts';
import { NodeUriMemo } from './node-uri-memo.ts';
import { SipMessage } from './sip-message.ts';

const senders = new NodeUriMemo();
const MAGIC_COOKIE = 'z9hg4bk';

/** A request that has been read. */
export class SipRequestMessage extends SipMessage implements SipRequest {
  readonly kind = 'request';
  methodEnd = 0;
  uriStart = 0;
  uriEnd = 0;
  uriUserStart = -1;
  /** Where the `@` stands, -1 without one. A password belongs to the range. */
  uriUserEnd = -1;

  get method(): string {
    const bytes = this.buffer;
    // 'KDMQ' as a constant: nearly all requests are one.
    if (this.methodEnd === 4 && bytes[0] === 0x4b && bytes[1] === 0x44 && bytes[2] === 0x4d && bytes[3] === 0x51) {
      return 'KDMQ';
    }
    return bytes.toString('latin1', 0, this.methodEnd);
  }

  /** The request URI as it was written. */
  get requestUri(): string {
    return this.buffer.toString('latin1', this.uriStart, this.uriEnd);
  }

  get requestUser(): string {
    if (this.uriUserStart < 0 || this.uriUserEnd < 0) return '';
    const start = this.uriUserStart;
    let end = start;
    while (end < this.uriUserEnd && this.buffer[end] !== COLON) end++;
    const user = this.buffer.toString('utf8', start, end);
    return user.includes('%') ? unescapeOnce(user) : user;
  }

  get from(): NodeUri | undefined {
    return this.fromUriStart < 0 ? undefined : senders.read(this.buffer, this.fromUriStart, this.fromUriEnd);
  }

  get userAgent(): string | undefined {
    return this.header('User-Agent');
  }

  get maxForwards(): number | undefined {
    const hops = decimal(this.buffer, this.maxForwardsStart, this.maxForwardsEnd, 255);
    return hops < 0 ? undefined : hops;
  }

  /** Whether the branch was made by RFC 3261's rules, so that it alone names the transaction (17.2.3). */
  get hasMagicCookie(): boolean {
    // The cookie alone is no name of anything (RFC 4475 3.2.1): such a request is matched as RFC 2543 had it.
    const { branchStart, branchEnd } = this;
    return branchEnd - branchStart > 7 && equalsIgnoringCase(this.buffer, branchStart, branchStart + 7, MAGIC_COOKIE);
  }

  /** Host of the topmost Via as it was written, IPv6 in brackets. */
  get sentByHost(): string {
    return this.sentByStart < 0 ? '' : this.buffer.toString('latin1', this.sentByStart, this.sentByHostEnd);
  }

  /** Transport of the topmost Via as it was written. */
  get viaTransport(): string {
    return this.viaTransportStart < 0
      ? ''
      : this.buffer.toString('latin1', this.viaTransportStart, this.viaTransportEnd);
  }

  /** The sender wants the reply at the port that the request came from (RFC 3581). */
  get wantsRport(): boolean {
    return this.rportStart >= 0 && !this.rportHasValue;
  }

  /** False also when there is no CSeq. */
  get cseqNamesMethod(): boolean {
    return this.cseqMethodStart >= 0 && equalRanges(this.buffer, this.cseqMethodStart, this.cseqEnd, 0, this.methodEnd);
  }

  /** Whether a reply can be addressed: there is a Via whose host could be read. */
  get answerable(): boolean {
    return this.sentByStart >= 0;
  }
}

/** RFC 3261 19.1.4: an escape stands for its character, and is undone once and only once. A broken one stays as it is. */
function unescapeOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
