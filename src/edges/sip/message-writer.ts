import { type NodeUri, parseHost, type TransportName } from '../../core/node-uri.ts';
import type { ReplyContent, RequestContent } from '../../ports/sip-transport.ts';
import { ByteWriter } from './byte-writer.ts';
import { canonicalName, HeaderSpan, headerNamed } from './header-lookup.ts';
import { reasonPhrase } from './reason-phrase.ts';
import type { SipRequestMessage } from './sip-request-message.ts';
import { UnwritableValueError } from './unwritable-value-error.ts';

/** What the Via on top of a request says: the transport that carries it and where its reply is to be sent. */
export interface OwnVia {
  readonly transport: TransportName;
  readonly host: string;
  readonly port: number;
  readonly branch: string;
}

/** A request with all that the transport adds to it. */
export interface OutgoingRequest {
  readonly content: RequestContent;
  readonly via: OwnVia;
  readonly fromTag: string;
  readonly callId: string;
  readonly cseq: number;
}

export interface MessageWriterOptions {
  /** The announced URI, which is in From on every transport. */
  readonly own: NodeUri;
  /** User-Agent and Server, such as `kdmq/1.0.0`. */
  readonly product: string;
  /** The methods that an Allow header names: in replies to OPTIONS and in 405 (RFC 3261 11.2, 21.4.6). */
  readonly allow: () => string;
}

type Header = readonly [name: string, value: string];

/** Headers that the writer sets itself: a second one would make two readers see two different messages. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'via',
  'from',
  'to',
  'call-id',
  'cseq',
  'max-forwards',
  'content-length',
  'content-type',
]);
const VIA_PROTOCOL: Readonly<Record<TransportName, string>> = { udp: 'UDP', tcp: 'TCP', tls: 'TLS' };

/**
 * Writes messages as bytes. Each returned buffer belongs to the caller. All methods throw {@link UnwritableValueError}
 * for a value with a line end or another control character, so nothing can be smuggled into a message.
 */
export class MessageWriter {
  readonly #options: MessageWriterOptions;
  readonly #out = new ByteWriter();

  constructor(options: MessageWriterOptions) {
    this.#options = options;
  }

  /** A request in the form that Kamailio's dmq module gives it. */
  request(request: OutgoingRequest): Buffer {
    return this.#whole(() => this.#writeRequest(request));
  }

  /** A reply to a request, also to one that could not be read completely. `toTag` is used when To has none. */
  reply(request: SipRequestMessage, reply: ReplyContent, toTag: string): Buffer {
    return this.#whole(() => this.#writeReply(request, reply, toTag));
  }

  /**
   * The request as it came, with an own Via on top and Max-Forwards lowered by one, or 69 where it has none that can be
   * read (RFC 3261 16.6). A request whose Max-Forwards is 0 may not be relayed: ask before. Content-Length is added
   * where it is missing, since a stream needs it.
   */
  relay(request: SipRequestMessage, via: OwnVia): Buffer {
    return this.#whole(() => this.#writeRelay(request, via));
  }

  #whole(write: () => void): Buffer {
    this.#out.discard();
    write();
    return this.#out.finish();
  }

  #writeRequest({ content, via, fromTag, callId, cseq }: OutgoingRequest): void {
    const out = this.#out;
    const method = content.method ?? 'KDMQ';
    const user = escapeUser(content.channel);
    if (!TOKEN.test(method)) throw new UnwritableValueError('method', 'it is not a token');
    out.ascii(method);
    this.#uri(' sip:', user, content.target, ' SIP/2.0\r\n');
    this.#ownVia(via);
    this.#uri('To: <sip:', user, content.target, '>\r\n');
    this.#uri('From: <sip:', user, this.#options.own, '>;tag=');
    out.text(fromTag, 'From tag');
    out.ascii('\r\nCSeq: ');
    out.number(cseq);
    out.ascii(' ');
    out.ascii(method);
    out.ascii('\r\nCall-ID: ');
    out.text(callId, 'Call-ID');
    out.ascii('\r\nMax-Forwards: ');
    out.number(content.maxForwards);
    out.ascii('\r\nUser-Agent: ');
    out.text(this.#options.product, 'User-Agent');
    out.ascii('\r\n');
    if (content.headers !== undefined) this.#headers(content.headers);
    this.#body(content.contentType, content.body);
  }

  #uri(before: string, user: string, uri: NodeUri, after: string): void {
    const out = this.#out;
    out.ascii(before);
    if (user !== '') {
      out.ascii(user);
      out.ascii('@');
    }
    this.#hostPort(uri.host, uri.port);
    if (uri.transport !== 'udp') {
      out.ascii(';transport=');
      out.ascii(uri.transport);
    }
    out.ascii(after);
  }

  /** In pieces, as a text put together first would have to be copied once more. */
  #hostPort(host: string, port: number): void {
    const out = this.#out;
    const ipv6 = host.includes(':');
    if (ipv6) out.ascii('[');
    out.text(host, 'host');
    out.ascii(ipv6 ? ']:' : ':');
    out.number(port);
  }

  /** `rport` asks for the reply at the port that the datagram came from (RFC 3581). */
  #ownVia(via: OwnVia): void {
    const out = this.#out;
    out.ascii('Via: SIP/2.0/');
    out.ascii(VIA_PROTOCOL[via.transport]);
    out.ascii(' ');
    this.#hostPort(via.host, via.port);
    out.ascii(via.transport === 'udp' ? ';rport;branch=' : ';branch=');
    out.text(via.branch, 'branch');
    out.ascii('\r\n');
  }

  #writeReply(request: SipRequestMessage, reply: ReplyContent, toTag: string): void {
    const out = this.#out;
    out.ascii('SIP/2.0 ');
    out.number(reply.code);
    out.ascii(' ');
    out.text(reply.reason ?? reasonPhrase(reply.code), 'reason phrase');
    this.#copyVias(request);
    this.#copyHeader('\r\nFrom: ', request, request.fromStart, request.fromEnd);
    this.#copyHeader('\r\nTo: ', request, request.toStart, request.toEnd);
    // RFC 3261 8.2.6.2: all replies but 100 carry a tag.
    if (request.toStart >= 0 && !request.hasToTag && reply.code > 100) {
      out.ascii(';tag=');
      out.text(toTag, 'To tag');
    }
    this.#copyHeader('\r\nCall-ID: ', request, request.callIdStart, request.callIdEnd);
    this.#copyHeader('\r\nCSeq: ', request, request.cseqStart, request.cseqEnd);
    out.ascii('\r\nServer: ');
    out.text(this.#options.product, 'Server');
    out.ascii('\r\n');
    const headers = reply.headers ?? [];
    if (headers.length > 0) this.#headers(headers);
    if (needsAllow(request, reply.code, headers)) {
      out.ascii('Allow: ');
      out.text(this.#options.allow(), 'Allow');
      out.ascii('\r\n');
    }
    this.#body(reply.contentType, reply.body ?? '');
  }

  #copyHeader(nameAndColon: string, request: SipRequestMessage, start: number, end: number): void {
    if (start < 0) return;
    this.#out.ascii(nameAndColon);
    this.#out.unfolded(request.buffer, start, end);
  }

  #copyVias(request: SipRequestMessage): void {
    const { buffer } = request;
    this.#out.ascii('\r\nVia: ');
    this.#copyTopVia(request);
    this.#out.unfolded(buffer, request.topViaEnd, request.viaEnd);
    if (request.viaLines === 1) return;
    const span = new HeaderSpan(request.headersStart);
    let lines = 0;
    while (headerNamed(buffer, request.headersEnd, span, 'Via')) {
      if (lines++ > 0) this.#copyHeader('\r\nVia: ', request, span.valueStart, span.valueEnd);
    }
  }

  /** RFC 3261 18.2.1 and RFC 3581 4: where the request really came from goes into the Via of who sent it. */
  #copyTopVia(request: SipRequestMessage): void {
    const { buffer, source, viaStart, topViaEnd } = request;
    const out = this.#out;
    if (!request.wantsRport && isSentBySource(request)) {
      out.unfolded(buffer, viaStart, topViaEnd);
      return;
    }
    // What the sender wrote there itself is taken out: only the receiver knows.
    const cuts = [[request.receivedStart, request.receivedEnd] as const];
    if (request.wantsRport) cuts.push([request.rportStart, request.rportEnd]);
    let at = viaStart;
    for (const [start, end] of cuts.sort((a, b) => a[0] - b[0])) {
      if (start < 0) continue;
      out.unfolded(buffer, at, start);
      at = end;
    }
    out.unfolded(buffer, at, topViaEnd);
    out.ascii(';received=');
    out.ascii(source.address);
    if (!request.wantsRport) return;
    out.ascii(';rport=');
    out.number(source.port);
  }

  #headers(headers: readonly Header[]): void {
    for (const [name, value] of headers) {
      if (!TOKEN.test(name)) throw new UnwritableValueError('header name', 'it is not a token');
      if (OWN_HEADERS.has(canonicalName(name))) throw new UnwritableValueError(name, 'the writer sets it');
      this.#out.ascii(name);
      this.#out.ascii(': ');
      this.#out.text(value, name);
      this.#out.ascii('\r\n');
    }
  }

  #body(contentType: string | undefined, body: Uint8Array | string): void {
    const out = this.#out;
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    if (contentType !== undefined) {
      out.ascii('Content-Type: ');
      out.text(contentType, 'Content-Type');
      out.ascii('\r\n');
    }
    out.ascii('Content-Length: ');
    out.number(length);
    out.ascii('\r\n\r\n');
    if (typeof body === 'string') out.utf8(body);
    else out.bytes(body, 0, length);
  }

  #writeRelay(request: SipRequestMessage, via: OwnVia): void {
    const { buffer, headersStart, bodyEnd } = request;
    const out = this.#out;
    const hops = request.maxForwards ?? 70;
    out.bytes(buffer, 0, headersStart);
    this.#ownVia(via);
    if (request.contentLength < 0) {
      out.ascii('Content-Length: ');
      out.number(bodyEnd - request.bodyStart);
      out.ascii('\r\n');
    }
    let at = headersStart;
    if (request.maxForwardsStart < 0) {
      out.ascii('Max-Forwards: ');
    } else {
      out.bytes(buffer, at, request.maxForwardsStart);
      at = request.maxForwardsEnd;
    }
    out.number(Math.max(0, hops - 1));
    if (request.maxForwardsStart < 0) out.ascii('\r\n');
    out.bytes(buffer, at, bodyEnd);
  }
}

function needsAllow(request: SipRequestMessage, code: number, headers: readonly Header[]): boolean {
  const says = code === 405 || (code >= 200 && code < 300 && request.method === 'OPTIONS');
  return says && !headers.some(([name]) => name.toLowerCase() === 'allow');
}

function isSentBySource(request: SipRequestMessage): boolean {
  const { buffer, sentByStart, sentByHostEnd } = request;
  const { address } = request.source;
  if (sentByHostEnd - sentByStart !== address.length) return parseHost(request.sentByHost) === address;
  for (let i = 0; i < address.length; i++) if (buffer[sentByStart + i] !== address.charCodeAt(i)) return false;
  return true;
}

/** RFC 3261 25.1 `token`. */
const TOKEN = /^[A-Za-z0-9\-.!%*_+`'~]+$/;
const PLAIN_USER = /^[A-Za-z0-9_.!~*'()&=+$,-]*$/;

/** The user part of a URI (RFC 3261 25.1 `user`) for a channel of any name. */
function escapeUser(channel: string): string {
  if (PLAIN_USER.test(channel)) return channel;
  // A lone surrogate is no character, and has no UTF-8 form to escape.
  if (!channel.isWellFormed()) throw new UnwritableValueError('channel', 'it is not well-formed text');
  return encodeURIComponent(channel);
}
