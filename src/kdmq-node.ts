import type { BindingView } from './bindings/binding-record.ts';
import type { Bindings } from './bindings/bindings.ts';
import type { Bus } from './bus/bus.ts';
import { callProgram } from './bus/call-program.ts';
import type { ControllerSwitch } from './bus/controller-switch.ts';
import type { ControllerView } from './bus/controller-view.ts';
import type { LookupView } from './bus/discovery.ts';
import type { OtherRequestHandler } from './bus/dispatcher.ts';
import { type NodeEventView, type NodeView, nodeViews } from './bus/node-views.ts';
import type { Peer } from './bus/peer.ts';
import type { ReplicateOptions } from './bus/replicator.ts';
import type { BroadcastOptions, Delivery, MessageOptions } from './bus/sender.ts';
import { targetOf } from './bus/target.ts';
import type { SaidList } from './bus/view-round.ts';
import { type ChannelCounts, ChannelTally, type MessageCount } from './core/channel-tally.ts';
import { cutText } from './core/cut-text.ts';
import type { DurationCounts } from './core/duration-histogram.ts';
import type { NodeStatus } from './core/node-record.ts';
import type { NodeTransition } from './core/node-transition.ts';
import { formatNodeUri, type NodeUri } from './core/node-uri.ts';
import { type Readiness, readinessOf } from './core/readiness.ts';
import type { Settings } from './core/settings.ts';
import type { SipRequest } from './ports/sip-transport.ts';
import type { Log } from './ports/telemetry.ts';
import { KamailioMqueue } from './queues/kamailio-mqueue.ts';
import type { NodeQueues } from './queues/node-queues.ts';
import type { Queues, StopReport } from './queues/queues.ts';
import type { StoreView } from './queues/timed-store.ts';

export type { BindingView } from './bindings/binding-record.ts';
export type { NodeEventView, NodeView } from './bus/node-views.ts';
export type { Delivery } from './bus/sender.ts';
export { TargetError } from './bus/target.ts';
export type { SaidList } from './bus/view-round.ts';
export type { NodeStatus } from './core/node-record.ts';
export type { NodeTransition } from './core/node-transition.ts';
export type { FetchedItem, QueueItem } from './queues/fetched-item.ts';
export type { NodeQueues, QueueState } from './queues/node-queues.ts';
export type { PeekPage, Queue } from './queues/queue.ts';
export type { AddAnswer } from './queues/queue-service.ts';

/** One channel, as this node knows it. */
export interface ChannelView {
  readonly name: string;
  /** `peer`: a program here answers it; `own`: the node itself does; `sent`: messages were sent on it, and nobody here answers. */
  readonly role: 'peer' | 'own' | 'sent';
  readonly description: string | undefined;
  /** Messages by outcome; undefined for the node's own channels. */
  readonly counts: ChannelCounts | undefined;
}

/** A message that came in, before it was answered. */
export interface MessageView {
  /** Of a name of more than 256 characters the beginning, and …: strangers choose it. */
  readonly channel: string;
  /** The URI of the sender; its address where it names none. */
  readonly from: string;
  /** Bytes of the body. */
  readonly size: number;
  /** Cut as the channel. */
  readonly contentType: string | undefined;
}

/** Of what a stranger wrote: listeners may keep many. */
const mostShown = 256;

/** How this node stands. */
export interface StatusView {
  readonly uri: string;
  /** Names this life of the node. */
  readonly instance: string;
  readonly uptimeMs: number;
  /** Whether the first search is over. */
  readonly joined: boolean;
  readonly stopping: boolean;
}

export interface StopOptions {
  /**
   * The process of this container ends with the node. Where Kubernetes then runs the container anew in the same pod, Kamailio nodes are told
   * nothing: they would take the next life for stopped until their own next ping.
   */
  readonly endsProcess?: boolean;
}

export interface KdmqNodeParts {
  readonly bus: Bus;
  readonly queues: Queues;
  readonly bindings: Pick<Bindings, 'start' | 'stop' | 'views'>;
  /** Sends what goes over the sockets to a capture server. */
  readonly capture: { start(): void; stop(): void };
  readonly controller: Pick<ControllerSwitch, 'start' | 'stop' | 'view' | 'restartsInPlace'>;
  readonly log: Log;
  readonly settings: () => Settings;
  /** Takes changed settings over; only those that may change while the node runs differ. */
  readonly apply: (settings: Settings) => void;
  readonly now: () => number;
  readonly counters: () => readonly CounterView[];
  readonly storeCalls: () => DurationsView['storeCalls'];
  readonly store: () => StoreView;
}

/** How long things took since the start. */
export interface DurationsView {
  /** From sending a message of a peer to its final reply. */
  readonly roundTrips: DurationCounts;
  /** Calls of the store of queues, by what they were for. */
  readonly storeCalls: readonly (readonly [operation: string, DurationCounts])[];
}

/** A counter as it stands. */
export interface CounterView {
  readonly name: string;
  readonly reason: string | undefined;
  readonly value: number;
}

type NodeListener = (event: NodeEventView) => void;

/** A DMQ node as a program uses it; the interface of Kamailio's modules dmq and mqueue in TypeScript. */
export class KdmqNode {
  /** The named queues. */
  readonly queues: NodeQueues;
  /** The same queues under the names and return codes of Kamailio's script functions. */
  readonly mqueue: KamailioMqueue;
  readonly #parts: KdmqNodeParts;
  readonly #madeAt: number;
  #stopping: Promise<StopReport> | undefined;
  readonly #listeners = new Map<NodeTransition, Set<NodeListener>>();

  constructor(parts: KdmqNodeParts) {
    this.#parts = parts;
    this.#madeAt = parts.now();
    this.queues = parts.queues;
    this.mqueue = new KamailioMqueue(parts.queues);
    parts.bus.directory.onChange(({ transition, after, before, why }) => {
      const record = after ?? before;
      if (record === undefined || transition === undefined) return;
      for (const listener of this.#listeners.get(transition) ?? []) {
        const event = { transition, uri: formatNodeUri(record.uri), kind: record.kind, why };
        callProgram(parts.log, `listener of ${transition}`, () => listener(event));
      }
    });
  }

  /** The URI that this node announces. */
  get uri(): string {
    return formatNodeUri(this.#parts.bus.directory.local.uri);
  }

  /**
   * Binds the sockets, begins to look for the others and to read the queues. Waits for neither: see `joined` and `queues.ready`. Rejects
   * with a ListenError that names what can't be bound.
   */
  async start(): Promise<void> {
    const { bus, queues, bindings, controller, capture } = this.#parts;
    capture.start();
    await bus.start();
    controller.start();
    queues.start();
    bindings.start();
  }

  /**
   * Says goodbye, answers what is under way, then brings the queues into their store, all within `shutdown_grace` seconds. Resolves with
   * the queues that could not be brought there. Idempotent.
   */
  stop(options: StopOptions = {}): Promise<StopReport> {
    this.#stopping ??= this.#stop(options);
    return this.#stopping;
  }

  async #stop({ endsProcess = false }: StopOptions): Promise<StopReport> {
    const { bus, queues, bindings, controller, capture, settings, now } = this.#parts;
    const graceMs = settings().shutdown_grace * 1_000;
    const deadline = now() + graceMs;
    const restartsInPlace = endsProcess ? controller.restartsInPlace() : undefined;
    // Whoever leads gives that back; the goodbye does not wait for it.
    const released = controller.stop();
    // Who has got an item shall not get it again because the answer came too late.
    const sent = bindings.stop(graceMs / 4);
    if (sent !== undefined) await sent;
    // Handlers that hang shall not cost what is in the queues.
    await bus.stop(Math.max(0, deadline - (queues.areStored ? graceMs / 2 : 0) - now()), restartsInPlace);
    capture.stop();
    const report = await queues.stop(Math.max(0, deadline - now()));
    await released;
    return report;
  }

  /** Resolves when the first search is over: all whom DNS or the others named have been asked once. With none of them there, this node is the first. */
  joined(): Promise<void> {
    return this.#parts.bus.joined();
  }

  /** The node list, this node first. */
  nodes(): NodeView[] {
    return nodeViews(this.#parts.bus.directory, this.#parts.now());
  }

  /** Whom each node of the list sees, as it says itself when it is asked now. Takes up to 4 s where nodes are silent; never rejects. */
  views(): Promise<readonly SaidList[]> {
    return this.#parts.bus.views.ask();
  }

  /** Makes `peer` answer the messages of its channel. Returns what takes it away again. Throws a ChannelError for a name that can't be. */
  registerPeer(peer: Peer): () => void {
    const { bus } = this.#parts;
    const unregister = bus.peers.register(peer);
    if (bus.hasJoined) peer.initCallback?.();
    return unregister;
  }

  /** Sends to every active node but this one and `except`; Kamailio's bcast_message. One delivery a node; never rejects. */
  broadcastMessage(channel: string, body: string | Uint8Array, options: BroadcastOptions = {}): Promise<Delivery[]> {
    return this.#parts.bus.sender.broadcast(channel, body, options);
  }

  /** Sends to one node, in the list or not; Kamailio's send_message. Rejects only with a TargetError. */
  async sendMessage(
    channel: string,
    target: string | NodeUri,
    body: string | Uint8Array,
    options: MessageOptions = {},
  ): Promise<Delivery> {
    return this.#parts.bus.sender.send(channel, targetOf(target), body, options);
  }

  /**
   * Looks for a node at that address from now on; it stands in the list when it has answered. Kamailio's dmq.add. Throws a TargetError for what
   * can be no node, else a NodeChangeError.
   */
  addNode(uri: string | NodeUri): void {
    this.#parts.bus.changes.add(targetOf(uri));
  }

  /**
   * Takes a node off the list, here and at our other nodes; one that lives comes back. Kamailio's dmq.remove. Throws a TargetError for what
   * can be no node, else a NodeChangeError.
   */
  removeNode(uri: string | NodeUri): void {
    this.#parts.bus.changes.remove(targetOf(uri));
  }

  /**
   * Sends no broadcasts to a node any more (`not_active`, `disabled`), or does so again (`active`). Kamailio's dmq.change_status. Throws a
   * TargetError for what can be no node, else a NodeChangeError.
   */
  changeStatus(uri: string | NodeUri, status: NodeStatus): void {
    this.#parts.bus.changes.changeStatus(targetOf(uri), status);
  }

  /** Takes the requests that are not KDMQ; without a handler they get 405. */
  onRequest(handler: OtherRequestHandler): void {
    this.#parts.bus.dispatcher.setOtherHandler(handler);
  }

  /** Relays a request to every active node as it came; Kamailio's dmq_t_replicate. Returns to how many. */
  replicate(request: SipRequest, options: ReplicateOptions = {}): number {
    return this.#parts.bus.replicator.replicate(request, options);
  }

  /** Whether a request came from the address of another node of the bus; Kamailio's dmq_is_from_node. */
  isFromNode(request: SipRequest): boolean {
    return this.#parts.bus.replicator.isFromNode(request);
  }

  /** Calls `listener` at each such change of a node. Returns what ends it. */
  on(transition: NodeTransition, listener: NodeListener): () => void {
    const listeners = this.#listeners.get(transition) ?? new Set();
    this.#listeners.set(transition, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Calls `listener` with each message of a channel that is not the node's own. Returns what ends it. */
  onMessage(listener: (message: MessageView) => void): () => void {
    const { bus, log } = this.#parts;
    return bus.dispatcher.onMessage((request) => {
      const { requestUser: channel, from, source, contentType, body } = request;
      const view: MessageView = {
        channel: cutText(channel, mostShown),
        from: from === undefined ? source.address : formatNodeUri(from),
        size: body.length,
        contentType: contentType && cutText(contentType, mostShown),
      };
      callProgram(log, 'listener of messages', () => listener(view));
    });
  }

  /** The channels: the node's own, those with a peer, and those on which messages were sent. */
  channels(): ChannelView[] {
    const { bus } = this.#parts;
    const counts = bus.tally.counts();
    const none: ChannelCounts = { received: {}, sent: {} };
    const peers = bus.peers.all();
    const answered = new Set([...bus.peers.reserved, ...peers.map(({ name }) => name), ChannelTally.others]);
    const sent = [...counts.keys()].filter((name) => !answered.has(name));
    return [
      ...bus.peers.reserved.map(
        (name): ChannelView => ({ name, role: 'own', description: undefined, counts: undefined }),
      ),
      ...peers.map(
        ({ name, description }): ChannelView => ({ name, role: 'peer', description, counts: counts.get(name) ?? none }),
      ),
      ...sent.map((name): ChannelView => ({ name, role: 'sent', description: undefined, counts: counts.get(name) })),
    ];
  }

  /** Messages of peers since the start, by channel, direction and what came of them; with the codes of the replies. */
  messageCounts(): readonly MessageCount[] {
    return this.#parts.bus.tally.messages();
  }

  /** The bindings of channels and queues, in the order of the configuration, and how each stands. */
  bindings(): BindingView[] {
    return this.#parts.bindings.views();
  }

  /** How this node stands. */
  status(): StatusView {
    const { bus, now } = this.#parts;
    const { instance } = bus.directory.local;
    const stopping = this.#stopping !== undefined;
    return { uri: this.uri, instance, uptimeMs: now() - this.#madeAt, joined: bus.hasJoined, stopping };
  }

  /** How the node stands with the Kubernetes API: whether it watches, what keeps it from that, who leads. */
  controller(): ControllerView {
    return this.#parts.controller.view();
  }

  /** How the last look-ups of the notification addresses ended. */
  lookups(): LookupView {
    return this.#parts.bus.lookups;
  }

  /** Whether the store of queues answers. */
  store(): StoreView {
    return this.#parts.store();
  }

  /** Whether the node has joined, its queues are read and it is not stopping; `/readyz` says the same. */
  readiness(): Readiness {
    const { bus, queues, controller, store } = this.#parts;
    return readinessOf({
      stopping: this.#stopping !== undefined,
      joined: bus.hasJoined,
      queues: queues.states(),
      dns: bus.lookups,
      store: store(),
      kubernetes: controller.view(),
    });
  }

  /** Everything that has been counted since the start: messages by outcome, what was dropped and why. */
  counters(): readonly CounterView[] {
    return this.#parts.counters();
  }

  /** How long messages and calls of the store took. */
  durations(): DurationsView {
    const { bus, storeCalls } = this.#parts;
    return { roundTrips: bus.sender.roundTrips.counts(), storeCalls: storeCalls() };
  }

  /** Takes over the settings that may change while the node runs (`docs/configuration.md` names them). */
  applySettings(settings: Settings): void {
    this.#parts.apply(settings);
  }
}
