import type { AddressRange } from '../core/address-ranges.ts';
import { admissionRanges, admits } from '../core/admission.ts';
import type { ChannelTally } from '../core/channel-tally.ts';
import { gossipChannel } from '../core/gossip-message.ts';
import type { PeerRegistry } from '../core/peer-registry.ts';
import type { Admission } from '../core/settings.ts';
import type { ReplyContent, ReplyFunction, SipRequest } from '../ports/sip-transport.ts';
import type { Counters, Log } from '../ports/telemetry.ts';
import type { Tracer, Tracing } from '../ports/tracing.ts';
import type { Answer, Peer } from './peer.ts';
import { nodeIsStopping } from './stopping-reply.ts';
import { WorkerPool } from './worker-pool.ts';

/** The settings that decide on what comes in. */
export interface DispatchSettings {
  readonly admission: Admission;
  readonly notification_channel: string;
  readonly num_workers: number;
  readonly worker_queue: number;
}

/** The program's handler for requests that are not KDMQ; without an answer they get 405. */
export type OtherRequestHandler = (request: SipRequest) => Answer;

export interface DispatcherOptions {
  readonly peers: PeerRegistry<Peer>;
  readonly settings: () => DispatchSettings;
  /** Whether a node of the bus, or one that DNS names, has this address. */
  readonly isKnown: (address: string) => boolean;
  /** Whether the sender is gone for certain, though it may still send. */
  readonly isBuried: (request: SipRequest) => boolean;
  readonly gossip: (request: SipRequest, reply: ReplyFunction) => void;
  readonly notification: (request: SipRequest, reply: ReplyFunction) => void;
  readonly counters: Counters;
  readonly tally: ChannelTally;
  readonly log: Log;
  readonly tracing: Tracing;
}

/** Sees each message of a channel that is not the node's own, before it is handled. */
export type MessageListener = (request: SipRequest) => void;

const accepted: ReplyContent = { code: 202, reason: 'Accepted DMQ' };
/** Kamailio's words for a channel without a peer. */
const noPeer: ReplyContent = { code: 404, reason: 'User Not Found' };
const refused: ReplyContent = { code: 403, reason: 'Forbidden' };
const full: ReplyContent = { code: 503, reason: 'Too Many Messages Waiting', headers: [['Retry-After', '1']] };
const failed: ReplyContent = { code: 500, reason: 'Peer Failed' };

/** Where every received request is decided on: by method, then by sender, then by channel. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #workers: WorkerPool;
  #other: OtherRequestHandler | undefined;
  #admission: Admission | undefined;
  #ranges: readonly AddressRange[] = [];
  readonly #listeners = new Set<MessageListener>();
  #stopped = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const { settings } = options;
    this.#workers = new WorkerPool(
      () => settings().num_workers,
      () => settings().worker_queue,
    );
  }

  /** Takes every request that is not KDMQ from now on. */
  setOtherHandler(handler: OtherRequestHandler): void {
    this.#other = handler;
  }

  /** Shows every admitted message of the peers' channels to `listener`, which must not throw. Returns what ends it. */
  onMessage(listener: MessageListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  receive(request: SipRequest, reply: ReplyFunction): void {
    if (request.method !== 'KDMQ') this.#otherRequest(request, reply);
    else if (this.#isAdmitted(request.source.address)) this.#message(request, reply);
    else {
      this.#options.counters.add('messages_refused', 'stranger');
      reply(refused);
    }
  }

  /** From now on messages get 503; resolves when those under way have been answered. */
  drain(): Promise<void> {
    this.#stopped = true;
    return this.#workers.drained();
  }

  #message(request: SipRequest, reply: ReplyFunction): void {
    const channel = request.requestUser;
    // On the gossip channel a sender says which life it is: there that decides.
    if (channel === gossipChannel) this.#options.gossip(request, reply);
    else if (this.#options.isBuried(request)) {
      this.#options.counters.add('messages_refused', 'buried');
      reply(refused);
    } else if (channel === this.#options.settings().notification_channel) this.#options.notification(request, reply);
    else if (this.#stopped) reply(nodeIsStopping);
    else {
      const peer = this.#options.peers.find(channel);
      if (this.#listeners.size > 0) for (const listener of this.#listeners) listener(request);
      const { tracer } = this.#options.tracing;
      if (peer !== undefined && tracer !== undefined) this.#trace(tracer, peer, request, reply);
      else if (peer !== undefined) {
        this.#hand(peer.callback, request, (content) => this.#answer(channel, reply, content), accepted);
      } else {
        this.#options.counters.add('messages_refused', 'no_peer');
        reply(noPeer);
      }
    }
  }

  /** Hands a message to its peer in a span, which is part of the trace that the sender names. */
  #trace(tracer: Tracer, { callback }: Peer, request: SipRequest, reply: ReplyFunction): void {
    const { requestUser: channel, source, body } = request;
    const span = tracer.start({
      name: `process ${channel}`,
      kind: 'server',
      attributes: {
        'messaging.destination.name': channel,
        'messaging.message.body.size': body.length,
        'client.address': source.address,
        'network.transport': source.transport,
      },
      parent: request.header('traceparent'),
    });
    const answer = (content: ReplyContent): void => {
      const { code } = content;
      span.end({ attributes: { 'kdmq.reply.code': code }, error: code >= 300 ? String(code) : undefined });
      this.#answer(channel, reply, content);
    };
    this.#hand((message) => tracer.within(span, () => callback(message)), request, answer, accepted);
  }

  #answer(channel: string, reply: ReplyFunction, content: ReplyContent): void {
    this.#options.tally.count('received', channel, content.code);
    reply(content);
  }

  #otherRequest(request: SipRequest, reply: ReplyFunction): void {
    const notAllowed: ReplyContent = { code: 405, headers: [['Allow', 'KDMQ, OPTIONS']] };
    if (this.#stopped) reply(nodeIsStopping);
    else if (this.#other === undefined) reply(notAllowed);
    else this.#hand(this.#other, request, reply, notAllowed);
  }

  #hand(handler: OtherRequestHandler, request: SipRequest, reply: ReplyFunction, silent: ReplyContent): void {
    const isTaken = this.#workers.run(() => this.#work(handler, request, reply, silent));
    if (isTaken) return;
    this.#options.counters.add('messages_refused', 'full');
    reply(full);
  }

  #work(
    handler: OtherRequestHandler,
    request: SipRequest,
    reply: ReplyFunction,
    silent: ReplyContent,
  ): Promise<void> | void {
    try {
      const answer = handler(request);
      if (!(answer instanceof Promise)) reply(answer ?? silent);
      else {
        return answer.then(
          (content) => reply(content ?? silent),
          (cause) => this.#failed(request, reply, cause),
        );
      }
    } catch (cause) {
      this.#failed(request, reply, cause);
    }
  }

  #failed(request: SipRequest, reply: ReplyFunction, cause: unknown): void {
    this.#options.counters.add('peer_failures');
    const error = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    this.#options.log.error('a peer failed', { method: request.method, channel: request.requestUser, error });
    reply(failed);
  }

  #isAdmitted(address: string): boolean {
    const { admission } = this.#options.settings();
    if (admission !== this.#admission) {
      this.#admission = admission;
      this.#ranges = admissionRanges(admission);
    }
    // Known nodes are looked up last: for most settings the address alone says enough.
    return admits(admission, this.#ranges, address, false) || this.#options.isKnown(address);
  }
}
