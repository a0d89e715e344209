import type { Clock } from '../../ports/clock.ts';
import type { ReplyContent, ReplyFunction, SipRequest } from '../../ports/sip-transport.ts';
import type { Counters, Log } from '../../ports/telemetry.ts';
import type { ClientTransactions } from './client-transactions.ts';
import type { BadRequest, ReadResult } from './message-reader.ts';
import type { MessageWriter } from './message-writer.ts';
import type { ReplyCache } from './reply-cache.ts';
import type { RequestHash } from './request-hash.ts';
import type { SipReplyMessage } from './sip-reply-message.ts';
import type { SipRequestMessage } from './sip-request-message.ts';
import { UnwritableValueError } from './unwritable-value-error.ts';

/** Where a message came in, which is where its reply goes out. */
export interface Origin {
  /** True where a reply can be lost and its request comes again: UDP. */
  readonly lossy: boolean;
  reply(request: SipRequestMessage, bytes: Uint8Array): void;
}

export interface RequestReceiverOptions {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly hash: RequestHash;
  readonly cache: ReplyCache;
  readonly transactions: ClientTransactions;
  readonly writer: MessageWriter;
  readonly log: Log;
  /** The one receiver of all requests that are not answered here. */
  readonly handle: (request: SipRequest, reply: ReplyFunction) => void;
}

/** RFC 3261 11.2. The writer adds Allow; there are no dialogs and no sessions to describe. */
const OPTIONS_REPLY: ReplyContent = { code: 200 };
const UNWRITABLE_REPLY: ReplyContent = { code: 500 };

/** Takes what has been read off a socket: answers, drops, or hands it to the one receiver of requests. */
export class RequestReceiver {
  readonly #options: RequestReceiverOptions;

  constructor(options: RequestReceiverOptions) {
    this.#options = options;
  }

  /** @param origin where it came in */
  take(result: ReadResult, origin: Origin): void {
    switch (result.kind) {
      case 'request':
        this.#takeRequest(result, origin);
        return;
      case 'reply':
        this.#takeReply(result);
        return;
      case 'bad-request':
        this.#refuse(result, origin);
        return;
      case 'ignore':
        this.#options.counters.add('sip_dropped', result.why);
        return;
    }
  }

  #takeReply(reply: SipReplyMessage): void {
    this.#options.counters.add('sip_replies_received', reply.source.transport);
    this.#options.transactions.receive(reply.branch, reply.cseqMethod, reply);
  }

  #takeRequest(request: SipRequestMessage, origin: Origin): void {
    const { counters, hash, cache, clock } = this.#options;
    counters.add('sip_requests_received', request.source.transport);
    const method = request.method;
    // No request of ours is an INVITE, so no ACK is for us, and none is ever answered (RFC 3261 17).
    if (method === 'ACK') {
      counters.add('sip_dropped', 'ack');
      return;
    }
    hash.of(request);
    // Nothing happens twice by answering OPTIONS twice: no state is kept for it.
    if (method === 'OPTIONS') {
      this.#send(request, origin, OPTIONS_REPLY, hash.tag());
      return;
    }
    if (origin.lossy) {
      const remembered = cache.admit(hash.high, hash.low, clock.now());
      if (remembered !== 'new') {
        counters.add('sip_retransmissions_received');
        if (remembered !== 'handling') this.#send(request, origin, remembered, hash.tag());
        return;
      }
    }
    this.#hand(request, origin, hash.high, hash.low, hash.tag());
  }

  #hand(request: SipRequestMessage, origin: Origin, high: number, low: number, tag: string): void {
    let answered = false;
    this.#options.handle(request, (reply) => {
      if (answered) return;
      answered = true;
      const sent = this.#send(request, origin, reply, tag);
      if (origin.lossy) this.#options.cache.complete(high, low, sent, this.#options.clock.now());
    });
  }

  /** A reply without state: a retransmission of the broken request gets the same one. */
  #refuse(bad: BadRequest, origin: Origin): void {
    const { counters, hash } = this.#options;
    counters.add('sip_malformed', String(bad.code));
    if (bad.message === undefined) {
      counters.add('sip_dropped', 'unanswerable');
      return;
    }
    hash.of(bad.message);
    this.#send(bad.message, origin, bad, hash.tag());
  }

  /** Returns what was really sent. */
  #send(request: SipRequestMessage, origin: Origin, reply: ReplyContent, tag: string): ReplyContent {
    const { writer, counters, log } = this.#options;
    counters.add('sip_replies_sent', request.source.transport);
    try {
      origin.reply(request, writer.reply(request, reply, tag));
      return reply;
    } catch (error) {
      if (!(error instanceof UnwritableValueError)) throw error;
      log.warn('a reply could not be written, 500 is sent instead', { code: reply.code, cause: error.message });
      origin.reply(request, writer.reply(request, UNWRITABLE_REPLY, tag));
      return UNWRITABLE_REPLY;
    }
  }
}
