import { ChannelTally } from '../core/channel-tally.ts';
import { gossipChannel } from '../core/gossip-message.ts';
import { type Burials, noBurials } from '../core/kubernetes/burials.ts';
import type { NodeKind } from '../core/node-record.ts';
import { type NodeUri, nodeKey } from '../core/node-uri.ts';
import { PeerRegistry } from '../core/peer-registry.ts';
import type { Settings } from '../core/settings.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Resolver } from '../ports/resolver.ts';
import type { SipRequest, SipTransport } from '../ports/sip-transport.ts';
import type { Counters, Log } from '../ports/telemetry.ts';
import type { Tracing } from '../ports/tracing.ts';
import { callProgram } from './call-program.ts';
import type { ControlledBus } from './controller.ts';
import { Directory } from './directory.ts';
import { Discovery, type LookupView } from './discovery.ts';
import { Dispatcher } from './dispatcher.ts';
import { Gossip } from './gossip.ts';
import { Joiner } from './joiner.ts';
import { type LocalIdentity, LocalNode } from './local-node.ts';
import { NeighbourWatch } from './neighbour-watch.ts';
import { News } from './news.ts';
import { NodeChanges } from './node-changes.ts';
import { Notifier } from './notifier.ts';
import type { Peer } from './peer.ts';
import { Prober } from './prober.ts';
import { Replicator } from './replicator.ts';
import { Sender } from './sender.ts';
import { ViewRound } from './view-round.ts';

export interface BusOptions {
  readonly identity: LocalIdentity;
  readonly settings: () => Settings;
  readonly transport: SipTransport;
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly counters: Counters;
  /** Nothing is traced when left out. */
  readonly tracing?: Tracing;
  /** Whether an address that DNS names is one of this node's own sockets. */
  readonly isOwnAddress: (uri: NodeUri) => boolean;
}

const joinPollMs = 20;
/** What a goodbye may take of the grace time. */
const goodbyeMs = 1_000;

/**
 * One node's part in the bus: wires the membership (who is there), the dispatcher (what comes in) and the sender (what goes out) to
 * the ports, starts and stops them in order. Runs the same on real sockets and on a virtual network.
 */
export class Bus implements ControlledBus {
  readonly peers: PeerRegistry<Peer>;
  readonly directory: Directory;
  readonly dispatcher: Dispatcher;
  readonly sender: Sender;
  readonly replicator: Replicator;
  readonly changes: NodeChanges;
  readonly views: ViewRound;
  /** The messages of the peers' channels. */
  readonly tally = new ChannelTally();
  readonly #options: BusOptions;
  readonly #gossip: Gossip;
  readonly #news: News;
  readonly #notifier: Notifier;
  readonly #prober: Prober;
  readonly #joiner: Joiner;
  readonly #watch: NeighbourWatch;
  readonly #discovery: Discovery;
  readonly #joined: Promise<void>;
  #haveJoined: () => void = () => {};
  #hasJoined = false;
  #joinTimer: Timer | undefined;
  #listedHosts: ReadonlySet<string> = new Set();
  /** What DNS named last; undefined until it has been asked. */
  #resolved: readonly NodeUri[] | undefined;
  #observed: readonly NodeUri[] = [];
  #burials: Burials = noBurials;
  #stopping: Promise<void> | undefined;

  constructor(options: BusOptions) {
    const { settings, transport, clock, random, log, counters, tracing = { tracer: undefined } } = options;
    this.#options = options;
    this.#joined = new Promise((resolve) => {
      this.#haveJoined = resolve;
    });
    this.peers = new PeerRegistry<Peer>([gossipChannel, settings().notification_channel]);
    const local = new LocalNode(options.identity);
    const directory = new Directory({ local, clock, log, counters, policy: settings });
    const doubt = (key: string): void => this.#prober.checkNow(key);
    const hint = (uri: NodeUri, kind: NodeKind): void => this.#joiner.hint(uri, kind);
    this.directory = directory;
    this.#news = new News({ directory, clock, random, send: (uri, facts) => this.#gossip.tell(uri, facts) });
    this.#gossip = new Gossip({
      directory,
      news: this.#news,
      transport,
      clock,
      counters,
      probeFor: (uri, kind, done) => this.#probeFor(uri, kind, done),
      probeIntervalMs: () => settings().probe_interval * 1_000,
    });
    const channel = (): string => settings().notification_channel;
    this.#notifier = new Notifier({ directory, transport, clock, random, counters, channel, hint, doubt });
    this.#prober = new Prober({ directory, gossip: this.#gossip, notifier: this.#notifier, clock, random, settings });
    this.#joiner = new Joiner({
      directory,
      gossip: this.#gossip,
      notifier: this.#notifier,
      clock,
      random,
      counters,
      judge: (key, reached) => this.#prober.judge(key, reached),
    });
    const suspect = (key: string, refused: boolean): void => this.#prober.checkNow(key, refused);
    this.#watch = new NeighbourWatch({ directory, transport, clock, suspect });
    this.#discovery = new Discovery({
      resolver: options.resolver,
      clock,
      random,
      log,
      counters,
      settings,
      fellows: () => directory.activeCount,
      found: (uris) => {
        this.#resolved = uris;
        this.#list();
      },
    });
    this.sender = new Sender({
      directory,
      transport,
      counters,
      tally: this.tally,
      log,
      now: () => clock.now(),
      tracing,
      doubt,
    });
    this.views = new ViewRound({ directory, gossip: this.#gossip, notifier: this.#notifier, clock, counters });
    this.replicator = new Replicator(directory, transport);
    this.changes = new NodeChanges({
      directory,
      now: () => clock.now(),
      changed: () => this.#list(),
      look: (uri) => this.hint(uri),
    });
    this.dispatcher = new Dispatcher({
      peers: this.peers,
      settings,
      isKnown: (address) => this.#isKnown(address),
      isBuried: (request) => this.#isBuried(request),
      gossip: (request, reply) => this.#gossip.receive(request, reply),
      notification: (request, reply) => this.#notifier.receive(request, reply),
      counters,
      tally: this.tally,
      log,
      tracing,
    });
  }

  /** Binds the listeners and begins to look for nodes. Does not wait until one is found. */
  async start(): Promise<void> {
    const { transport } = this.#options;
    transport.onRequest((request, reply) => this.dispatcher.receive(request, reply));
    await transport.start();
    this.#prober.start();
    this.#discovery.start();
    this.#awaitJoin();
  }

  /** Resolves when the first search is over: all who were named have been asked once. */
  joined(): Promise<void> {
    return this.#joined;
  }

  get hasJoined(): boolean {
    return this.#hasJoined;
  }

  /** How the last look-ups of the notification addresses ended. */
  get lookups(): LookupView {
    return this.#discovery.view();
  }

  lookFor(uris: readonly NodeUri[]): void {
    this.#observed = uris;
    this.#list();
  }

  hint(uri: NodeUri): void {
    if (!this.#options.isOwnAddress(uri)) this.#joiner.hint(uri, 'unknown');
  }

  doubt(key: string): void {
    this.#prober.checkNow(key, true);
  }

  bury(burials: Burials): void {
    this.#burials = burials;
    this.directory.bury(burials);
  }

  tellDeath(uri: NodeUri): void {
    this.#notifier.tellDeath(uri);
  }

  dismiss(uri: NodeUri): void {
    this.#notifier.dismiss(uri);
  }

  /**
   * Says goodbye, answers what is under way, closes. Takes at most `graceMs`. Idempotent. Nothing new is accepted from the first
   * moment on, nothing is sent but the goodbye. None goes to Kamailio where `restartsInPlace` says that this address is a node again at
   * once: a Kamailio that has heard it would take the next life for stopped until its own next ping.
   */
  stop(graceMs: number, restartsInPlace?: Promise<boolean>): Promise<void> {
    this.#stopping ??= this.#stop(graceMs, restartsInPlace);
    return this.#stopping;
  }

  async #stop(graceMs: number, restartsInPlace: Promise<boolean> | undefined): Promise<void> {
    const { clock, transport } = this.#options;
    const { local } = this.directory;
    const draining = this.dispatcher.drain();
    local.leave();
    this.#joinTimer?.cancel();
    this.#discovery.stop();
    this.#joiner.stop();
    this.#notifier.stop();
    this.#prober.stop();
    this.#news.stop();
    this.#watch.stop();
    const deadline = clock.now() + graceMs;
    await this.#within(
      Math.min(graceMs, goodbyeMs),
      Promise.all([this.#sayGoodbye(Math.min(graceMs, goodbyeMs), restartsInPlace), draining]),
    );
    await this.#within(Math.max(0, deadline - clock.now()), draining);
    await transport.stop();
  }

  async #sayGoodbye(deadlineMs: number, restartsInPlace: Promise<boolean> | undefined): Promise<void> {
    const goodbye = [this.directory.local.fact()];
    const fellows = this.directory.active().filter((record) => record.kind === 'kdmq');
    const told = fellows.map(
      (record) => new Promise<void>((resolve) => this.#gossip.tell(record.uri, goodbye, deadlineMs, resolve)),
    );
    await Promise.all([...told, this.#tellKamailios(this.#options.clock.now() + deadlineMs, restartsInPlace)]);
  }

  async #tellKamailios(deadline: number, restartsInPlace: Promise<boolean> | undefined): Promise<void> {
    if (restartsInPlace !== undefined && (await restartsInPlace)) return;
    const leftMs = Math.max(1, deadline - this.#options.clock.now());
    await new Promise<void>((resolve) => this.#notifier.goodbye(leftMs, resolve));
  }

  #within(ms: number, work: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(ms, resolve);
      void work.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  /** What DNS and Kubernetes name, and what was added. The first search is over only after DNS was asked, so nothing is listed before. */
  #list(): void {
    const uris = [
      ...new Map(
        [...(this.#resolved ?? []), ...this.#observed, ...this.changes.added].map((uri) => [nodeKey(uri), uri]),
      ).values(),
    ];
    this.#listedHosts = new Set(uris.map((uri) => uri.host));
    if (this.#resolved !== undefined) this.#joiner.setListed(uris.filter((uri) => !this.#options.isOwnAddress(uri)));
  }

  /** Comes from the address of a deleted pod that no living node has, or from a node that a user took away. */
  #isBuried(request: SipRequest): boolean {
    if (!this.#burials.speaksOfAddresses) return false;
    const now = this.#options.clock.now();
    const { source, from } = request;
    if (from?.host === source.address && this.#burials.isDismissed(nodeKey(from), now)) return true;
    if (!this.#burials.isGrave(source.address, now)) return false;
    return !this.directory.active().some((record) => record.uri.host === source.address);
  }

  #isKnown(address: string): boolean {
    return this.#listedHosts.has(address) || this.directory.hasHost(address);
  }

  /** Only nodes of the bus are probed for others: nobody can point this node at a victim. */
  #probeFor(uri: NodeUri, kind: NodeKind, done: (answered: boolean) => void): void {
    if (this.directory.get(nodeKey(uri)) === undefined) done(false);
    else this.#prober.probeFor(uri, kind, done);
  }

  #init({ name, initCallback }: Peer): void {
    if (initCallback !== undefined) callProgram(this.#options.log, `initCallback of ${name}`, initCallback);
  }

  #awaitJoin(): void {
    this.#joinTimer = this.#options.clock.after(joinPollMs, () => {
      if (!this.#joiner.hasSearched()) {
        this.#awaitJoin();
        return;
      }
      this.#hasJoined = true;
      for (const peer of this.peers.all()) this.#init(peer);
      this.#haveJoined();
    });
  }
}
