import { type ChannelTally, codeClass } from '../core/channel-tally.ts';
import { DurationHistogram } from '../core/duration-histogram.ts';
import type { NodeRecord } from '../core/node-record.ts';
import { formatNodeUri, type NodeUri, nodeKey } from '../core/node-uri.ts';
import { recipients } from '../core/recipients.ts';
import type { SendFailure, SendOutcome, SipReply, SipTransport } from '../ports/sip-transport.ts';
import type { Counters, Log } from '../ports/telemetry.ts';
import type { Span, Tracer, Tracing } from '../ports/tracing.ts';
import { callProgram } from './call-program.ts';
import type { Directory } from './directory.ts';
import { inSpan } from './in-span.ts';

/** What came of a message to one node. `code` is the reply's, or 408 without one, as Kamailio's response callbacks get it. */
export interface Delivery {
  readonly node: NodeUri;
  readonly code: number;
  readonly reason: string;
  readonly reply: SipReply | undefined;
  readonly failure: SendFailure | undefined;
  readonly elapsedMs: number;
}

export interface MessageOptions {
  /** Default `text/plain`. */
  readonly contentType?: string;
  /** Default 1: nobody passes it on. */
  readonly maxForwards?: number;
  /** Milliseconds until a silent node counts as 408. Default 32,000, as Timer F of RFC 3261. */
  readonly deadlineMs?: number;
  /** Called for each node as its outcome comes; Kamailio's response callback. */
  readonly onReply?: (delivery: Delivery) => void;
}

export interface BroadcastOptions extends MessageOptions {
  /** A node that does not get it: mostly the one that the message came from. */
  readonly except?: NodeUri;
}

export interface SenderOptions {
  readonly directory: Directory;
  readonly transport: SipTransport;
  readonly counters: Counters;
  readonly tally: ChannelTally;
  readonly log: Log;
  readonly now: () => number;
  readonly tracing: Tracing;
  /** A node did not answer: worth a probe. */
  readonly doubt: (key: string) => void;
}

/** Sends messages of peers to one node or to all active ones; one node's failure never touches another. */
export class Sender {
  /** From sending to the final reply, of what got one. */
  readonly roundTrips = new DurationHistogram();
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Sends to one node, whether it stands in the list or not. Never rejects. */
  send(channel: string, target: NodeUri, body: string | Uint8Array, options: MessageOptions): Promise<Delivery> {
    return new Promise((resolve) => this.#sendOne(channel, target, body, options, resolve));
  }

  /** Sends to all active nodes but this one and `except`. Resolves with one delivery a node when all are known. Never rejects. */
  broadcast(channel: string, body: string | Uint8Array, options: BroadcastOptions): Promise<Delivery[]> {
    const targets = recipients(this.#options.directory.addressed(), options.except);
    const sendAll = (): Promise<Delivery[]> =>
      Promise.all(targets.map((target: NodeRecord) => this.send(channel, target.uri, body, options)));
    const { tracer } = this.#options.tracing;
    if (tracer === undefined) return sendAll();
    const attributes = { 'messaging.destination.name': channel, 'kdmq.nodes': targets.length };
    return inSpan(tracer, { name: `broadcast ${channel}`, kind: 'internal', attributes }, sendAll, (deliveries) => {
      const failed = deliveries.filter(({ code }) => code >= 300).length;
      return { attributes: { 'kdmq.nodes.failed': failed }, error: failed > 0 ? 'not_all' : undefined };
    });
  }

  #sendOne(
    channel: string,
    target: NodeUri,
    body: string | Uint8Array,
    { contentType = 'text/plain', maxForwards = 1, deadlineMs = 32_000, onReply }: MessageOptions,
    done: (delivery: Delivery) => void,
  ): void {
    const { directory, transport, counters, tally, log, now, tracing } = this.#options;
    const key = nodeKey(target);
    const record = directory.get(key);
    const carrier = record?.streams.includes('tcp') ? ('larger' as const) : target.transport;
    const sentAt = now();
    const span = tracing.tracer && startSend(tracing.tracer, channel, target);
    // Only our own nodes read it; a Kamailio gets what it got without traces.
    const headers =
      span !== undefined && record?.kind === 'kdmq' ? { headers: [['traceparent', span.traceparent]] as const } : {};
    const request = { channel, target, body, contentType, maxForwards, deadlineMs, carrier, ...headers };
    transport.send(request, (outcome) => {
      const elapsedMs = now() - sentAt;
      const result = outcome.ok ? codeClass(outcome.reply.code) : outcome.failure;
      counters.add('messages_sent', result);
      if (span !== undefined) endSend(span, outcome);
      if (outcome.ok) this.roundTrips.observe(elapsedMs);
      tally.count('sent', channel, outcome.ok ? outcome.reply.code : outcome.failure);
      const delivery: Delivery = outcome.ok
        ? {
            node: target,
            code: outcome.reply.code,
            reason: outcome.reply.reason,
            reply: outcome.reply,
            failure: undefined,
            elapsedMs,
          }
        : { node: target, code: 408, reason: outcome.detail, reply: undefined, failure: outcome.failure, elapsedMs };
      if (!outcome.ok && (outcome.failure === 'timeout' || outcome.failure === 'unreachable')) this.#options.doubt(key);
      if (onReply !== undefined) callProgram(log, 'onReply', () => onReply(delivery));
      done(delivery);
    });
  }
}

function startSend(tracer: Tracer, channel: string, { host, port = 5060, transport }: NodeUri): Span {
  return tracer.start({
    name: `send ${channel}`,
    kind: 'client',
    attributes: {
      'messaging.destination.name': channel,
      'server.address': host,
      'server.port': port,
      'network.transport': transport,
    },
  });
}

function endSend(span: Span, outcome: SendOutcome): void {
  if (!outcome.ok) span.end({ error: outcome.failure });
  else {
    const { code } = outcome.reply;
    span.end({ attributes: { 'kdmq.reply.code': code }, error: code >= 300 ? String(code) : undefined });
  }
}

/** A delivery in one short line, for logs and tables. */
export function describeDelivery(delivery: Delivery): string {
  return `${formatNodeUri(delivery.node)} ${delivery.code} ${delivery.reason}`;
}
