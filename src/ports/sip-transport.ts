import type { NodeUri, TransportName } from '../core/node-uri.ts';

/** Where a datagram or a stream came from. */
export interface Source {
  readonly address: string;
  readonly port: number;
  readonly transport: TransportName;
}

/**
 * A received request. It owns its bytes, so it may be kept after the handler has returned.
 * Everything is read from the bytes when asked for; nothing is decoded before.
 */
export interface SipRequest {
  readonly method: string;
  /** User part of the request URI: for KDMQ the channel. Empty when the URI has none. */
  readonly requestUser: string;
  readonly source: Source;
  /** Host, port and transport of the From URI: who says that he sent it. Undefined when it is not a SIP URI. */
  readonly from: NodeUri | undefined;
  readonly userAgent: string | undefined;
  /** Undefined when the header is missing or not a number in 0..255. */
  readonly maxForwards: number | undefined;
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
  /** The whole message as it came, start line to the end of the body. */
  readonly bytes: Uint8Array;
  /** First value of a header (long or compact name, any case), unfolded and trimmed. */
  header(name: string): string | undefined;
}

/** A received final reply. */
export interface SipReply {
  readonly code: number;
  readonly reason: string;
  /** The Server header, or User-Agent where that is missing. */
  readonly server: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
  readonly source: Source;
  header(name: string): string | undefined;
}

/** A reply to be sent. The reason phrase is the standard one where it is left out. */
export interface ReplyContent {
  readonly code: number;
  readonly reason?: string;
  readonly contentType?: string;
  readonly body?: Uint8Array | string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

/** Why a request got no final reply. */
export type SendFailure =
  | 'timeout' /* nothing final came before the deadline; Kamailio calls this 408 */
  | 'unreachable' /* the kernel said so: refused, no route, reset, no listener for that transport or family */
  | 'overflow' /* too many requests under way, or the socket's buffer is full */
  | 'too_large' /* does not fit a datagram and no stream transport is offered */
  | 'untrusted' /* TLS: the certificate was not what is expected */
  | 'stopped'; /* the transport has been stopped */

export type SendOutcome =
  | { readonly ok: true; readonly reply: SipReply }
  | { readonly ok: false; readonly failure: SendFailure; readonly detail: string };

/** A request to be sent in a non-INVITE client transaction of its own (RFC 3261 17.1.2). */
export interface RequestContent {
  /** User part of request URI, To and From. */
  readonly channel: string;
  readonly target: NodeUri;
  readonly method?: string; // KDMQ
  readonly body: Uint8Array | string;
  readonly contentType?: string;
  readonly maxForwards: number;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Milliseconds until the outcome is 'timeout'. Default 32,000 (Timer F). */
  readonly deadlineMs?: number;
  /**
   * Transport that carries the request instead of the one in the target's URI. The URI that is written stays the
   * target's. With 'larger' a request that would not fit the path MTU (RFC 3261 18.1.1: over 1,300 bytes) goes by TCP.
   */
  readonly carrier?: TransportName | 'larger';
}

/** An open stream connection that is held only to learn at once when the other side's process ends. */
export interface HeldConnection {
  close(): void;
}

/** What may be answered to a request. Calling it twice is a no-op. A request that is never answered ends as 408 at the sender. */
export type ReplyFunction = (reply: ReplyContent) => void;

/**
 * Carries SIP requests and replies over all listeners of the node and does the transactions: a retransmitted request
 * reaches the handler once. What is malformed is answered or dropped below this interface, and never reaches it.
 */
export interface SipTransport {
  /** Binds all listeners. Rejects with a ListenError that names the one that could not be bound. */
  start(): Promise<void>;
  /** Stops accepting requests, ends open client transactions as 'stopped', closes the sockets. Idempotent. */
  stop(): Promise<void>;
  /** The one receiver of all requests. It must not throw; it may answer later. */
  onRequest(receive: (request: SipRequest, reply: ReplyFunction) => void): void;
  /** Sends a request; `done` is called exactly once, never before `send` has returned. */
  send(request: RequestContent, done: (outcome: SendOutcome) => void): void;
  /**
   * Relays a request as it came (request URI kept, own Via on top, Max-Forwards lowered by one) in a client
   * transaction of its own whose reply is swallowed, as Kamailio's t_replicate does.
   */
  relay(request: SipRequest, target: NodeUri, done: (outcome: SendOutcome) => void): void;
  /** Holds a TCP (or TLS) connection to a node. `lost` is called once when it can't be made or ends by itself. */
  hold(target: NodeUri, lost: (why: 'refused' | 'closed' | 'timeout') => void): HeldConnection;
  /** The stream transports that listen on the same port as the announced URI: told to our own nodes. */
  readonly streamTransports: readonly TransportName[];
}
