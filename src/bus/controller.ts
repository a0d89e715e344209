import { type Burials, burialsIn } from '../core/kubernetes/burials.ts';
import { podReference } from '../core/kubernetes/bus-inventory.ts';
import { type ClusterPicture, emptyPicture, withPods } from '../core/kubernetes/cluster-picture.ts';
import { addressTrouble, type DeclaredNode, type DmqNode, type MisdeclaredNode } from '../core/kubernetes/dmq-node.ts';
import {
  type ObjectReference,
  type ObservedPod,
  type ObservedSlice,
  runsAgain,
} from '../core/kubernetes/observed-pod.ts';
import { reconcile } from '../core/kubernetes/reconcile.ts';
import { type NodeUri, nodeKey } from '../core/node-uri.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { ResourceEvent, ResourceSource } from '../ports/pod-source.ts';
import type { Random } from '../ports/random.ts';
import type { Counters, Log } from '../ports/telemetry.ts';
import { ClusterStatus } from './cluster-status.ts';
import { type ControllerView, controllerView } from './controller-view.ts';
import type { Directory } from './directory.ts';
import { LeaderElection } from './kubernetes/leader-election.ts';
import { OwnNode } from './kubernetes/own-node.ts';
import { ResourceWatch } from './kubernetes/resource-watch.ts';

/** What the controller does to the bus. */
export interface ControlledBus {
  readonly directory: Directory;
  /** Kubernetes names these addresses: they are looked for beside those of DNS, and their hosts are no strangers. */
  lookFor(uris: readonly NodeUri[]): void;
  /** There is news of that address: it is asked at once. */
  hint(uri: NodeUri): void;
  /** Something happened to that node: it is probed at once, and its silence proves its death. */
  doubt(key: string): void;
  /** What comes from these is ignored from now on. */
  bury(burials: Burials): void;
  /** That node is gone and does not come back: Kamailio nodes hear of it. */
  tellDeath(uri: NodeUri): void;
  /** That node is to leave the bus: it is told that this node is no fellow any more. */
  dismiss(uri: NodeUri): void;
}

export interface ControllerOptions {
  readonly bus: ControlledBus;
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly counters: Counters;
  /** The pod that this node is. */
  readonly pod: { readonly name: string; readonly uid: string };
  /** The name of the bus: its Lease has it, and its DmqNodes carry it. */
  readonly busName: string;
  readonly observedLimit: number;
}

/** Changes of this many milliseconds are looked at together. */
const gatherMs = 10;
/** Looked at anew without a change: the node list may have changed. */
const resyncMs = 30_000;
/** So long the API is asked at a stop whether this pod goes on: the rest of a second is for the goodbye. */
const askMs = 500;
/** At first a node has its fellows to find: loading the library that writes takes the machine's time away from that. */
const writeAfterMs = 1_500;

/**
 * Holds the node list to what Kubernetes says. Each pod runs one: observes pods, endpoints and declared nodes, compares them with the list
 * and tells the bus what is new and what is over. One of them, the leader, writes the status of all nodes.
 */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #pods = new Map<string, ObservedPod>();
  readonly #slices = new Map<string, ObservedSlice>();
  readonly #declared = new Map<string, DeclaredNode>();
  /** DmqNodes without an address that were complained of, and what stands there. */
  readonly #complaints = new Map<string, string>();
  readonly #observed = new Map<string, DmqNode>();
  readonly #dismissed = new Map<string, number>();
  readonly #watches: readonly ResourceWatch<unknown>[];
  readonly #podWatch: ResourceWatch<unknown> | undefined;
  readonly #election: LeaderElection;
  readonly #ownNode: OwnNode;
  readonly #status: ClusterStatus;
  #observedWatch: ResourceWatch<DmqNode> | undefined;
  #picture: ClusterPicture = emptyPicture;
  #burials: Burials = burialsIn(emptyPicture, new Map());
  #timer: Timer | undefined;
  #isGathering = false;
  #asked: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(options: ControllerOptions) {
    this.#options = options;
    const { bus, cluster, clock, random, log, counters, busName, pod } = options;
    const { directory } = bus;
    const podWatches = this.#watch('pods', cluster.pods, this.#pods, ({ uid }) => uid);
    [this.#podWatch] = podWatches;
    this.#watches = [
      ...podWatches,
      ...this.#watch('endpointslices', cluster.endpoints, this.#slices, ({ name }) => name),
      ...this.#watch('dmqnodes', cluster.declared, this.#declared, ({ name }) => name),
    ];
    const { writer } = cluster;
    const isTaken = (name: string): boolean => this.#declared.has(name);
    this.#ownNode = new OwnNode({ directory, writer, clock, random, counters, pod, bus: busName, isTaken });
    const owner = (): ObjectReference => this.#owner();
    const identity = `${pod.name}_${directory.local.instance.split('/').at(-1)}`;
    const changed = (isLeader: boolean): void => this.#leads(isLeader);
    this.#election = new LeaderElection({
      identity,
      source: cluster.lease,
      writer,
      owner,
      clock,
      random,
      log,
      counters,
      changed,
    });
    this.#status = new ClusterStatus({
      directory,
      writer,
      clock,
      log,
      counters,
      bus: busName,
      pod,
      limit: options.observedLimit,
      isLeader: () => this.#election.isLeader(),
      picture: () => this.#picture,
      burials: () => this.#burials,
      nodes: () => this.#nodes(),
      misdeclared: () => this.#misdeclared(),
      isTaken: (name) => this.#isTaken(name),
      ownView: () => this.#ownNode.view(),
      owner,
    });
  }

  start(): void {
    for (const watch of this.#watches) watch.start();
    this.#ownNode.start(writeAfterMs);
    this.#election.start(writeAfterMs);
    this.#resyncAfter(resyncMs);
  }

  /**
   * Whether it is certain that a process that stops now is followed by another one at the same address: its pod goes on, only the container is
   * run anew. To be asked before `stop`. Takes half a second at the most, without an API that answers; in doubt it says no.
   */
  restartsInPlace(): Promise<boolean> {
    const asked = this.#restartsInPlace();
    this.#asked = asked;
    return asked;
  }

  /** Gives the lead back and ends all watches. Takes 4 s at the most, without an API that answers. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#ownNode.stop();
    this.#status.stop();
    for (const watch of this.#watches) watch.stop();
    this.#observedWatch?.stop();
    await Promise.all([this.#election.stop(), this.#asked]);
    await this.#options.cluster.close();
  }

  view(): ControllerView {
    const states = this.#watches.map((watch) => [watch.name, watch.state] as const);
    if (this.#observedWatch !== undefined) states.push([this.#observedWatch.name, this.#observedWatch.state]);
    states.push(['leases', this.#election.watchState]);
    const { holder } = this.#election;
    return controllerView(states, this.#election.isLeader(), holder, this.#options.clock.now());
  }

  /** The kubelet may hear that the pod is deleted, and stop it, before this watch does: only what the API says when it is asked now counts. */
  async #restartsInPlace(): Promise<boolean> {
    const { cluster, pod, clock } = this.#options;
    const own = this.#pods.get(pod.uid);
    if (cluster.pods === undefined || !this.#podWatch?.isInStep || own === undefined || !runsAgain(own)) return false;
    const deadline = new AbortController();
    const timer = clock.after(askMs, () => deadline.abort());
    try {
      const { items } = await cluster.pods.list(deadline.signal);
      return items.some((one) => one.uid === pod.uid && runsAgain(one));
    } catch {
      return false;
    } finally {
      timer.cancel();
    }
  }

  #watch<T>(
    name: string,
    source: ResourceSource<T> | undefined,
    held: Map<string, T>,
    keyOf: (item: T) => string,
  ): ResourceWatch<unknown>[] {
    if (source === undefined) return [];
    const { clock, random, log, counters } = this.#options;
    const replaced = (items: readonly T[]): void => {
      held.clear();
      for (const item of items) held.set(keyOf(item), item);
      this.#reconcileSoon();
    };
    const happened = ({ kind, item }: ResourceEvent<T>): void => {
      if (kind === 'removed') held.delete(keyOf(item));
      else held.set(keyOf(item), item);
      this.#reconcileSoon();
    };
    return [
      new ResourceWatch<T>({ name, source, clock, random, log, counters, replaced, happened }),
    ] as ResourceWatch<unknown>[];
  }

  #reconcileSoon(): void {
    if (this.#isGathering || this.#stopped) return;
    this.#isGathering = true;
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(gatherMs, () => this.#reconcile());
  }

  #resyncAfter(delayMs: number): void {
    const { clock, random } = this.#options;
    this.#timer = clock.after(delayMs * (0.75 + random.fraction() / 2), () => this.#reconcile());
  }

  #reconcile(): void {
    const { bus, clock, log } = this.#options;
    const { directory } = bus;
    this.#isGathering = false;
    this.#resyncAfter(resyncMs);
    const now = clock.now();
    const before = this.#picture;
    const picture = this.#observe(before, now);
    const { listed, hints, deaths, confirmed, doubts } = reconcile(before, picture, directory, directory.local.uri);
    this.#picture = picture;
    this.#complain();
    this.#noteDismissals(before, picture, listed, now);
    this.#burials = burialsIn(picture, this.#dismissed);
    // First who is gone, so that nothing late brings it back; then who is there.
    bus.bury(this.#burials);
    for (const { key, cause } of deaths) {
      const node = directory.get(key);
      if (node === undefined) continue;
      const { incarnation } = node.claim;
      directory.record({ kind: 'seen', node, evidence: 'deleted', incarnation, at: now }, cause);
      // A container that runs again at the same address would have to wait for a Kamailio's next ping to be taken for alive.
      if (cause !== 'container ended') bus.tellDeath(node.uri);
    }
    for (const key of confirmed) {
      const node = directory.get(key);
      if (node !== undefined) bus.tellDeath(node.uri);
    }
    for (const key of doubts) bus.doubt(key);
    bus.lookFor(listed);
    for (const uri of hints) bus.hint(uri);
    if (deaths.length + doubts.length + hints.length > 0) {
      log.debug('Kubernetes', { pods: picture.pods.size, hints: hints.length, deaths, doubts });
    }
  }

  #observe(before: ClusterPicture, now: number): ClusterPicture {
    const endpoints = [...this.#slices.values()].flatMap((slice) => slice.endpoints);
    const addresses = new Map(this.#readable().map(({ address }) => [nodeKey(address), address]));
    return { ...withPods(before, new Map(this.#pods), now), endpoints, declared: addresses };
  }

  #noteDismissals(before: ClusterPicture, now: ClusterPicture, listed: readonly NodeUri[], at: number): void {
    for (const uri of listed) this.#dismissed.delete(nodeKey(uri));
    const named = new Set(listed.map(nodeKey));
    for (const [key, uri] of before.declared) {
      if (now.declared.has(key) || named.has(key)) continue;
      this.#dismissed.set(key, at);
      this.#options.bus.dismiss(uri);
    }
  }

  /** The DmqNodes that users declared for this bus. */
  #readable(): DmqNode[] {
    return [...this.#declared.values()].filter(
      (node): node is DmqNode => node.address !== undefined && this.#isOfThisBus(node),
    );
  }

  /** Those of them that have no address. */
  #misdeclared(): MisdeclaredNode[] {
    return [...this.#declared.values()].filter(
      (node): node is MisdeclaredNode => node.address === undefined && this.#isOfThisBus(node),
    );
  }

  /** Each is complained of once, and again when it is changed and still wrong. */
  #complain(): void {
    const misdeclared = this.#misdeclared();
    const names = new Set(misdeclared.map(({ name }) => name));
    for (const name of this.#complaints.keys()) if (!names.has(name)) this.#complaints.delete(name);
    for (const node of misdeclared) {
      if (this.#complaints.get(node.name) === node.written) continue;
      this.#complaints.set(node.name, node.written);
      this.#options.log.warn('a declared DmqNode is not taken in', {
        dmqnode: node.name,
        problem: addressTrouble(node),
      });
    }
  }

  #isOfThisBus({ bus, observed }: DeclaredNode): boolean {
    return bus === this.#options.busName || (bus === '' && !observed);
  }

  /** All DmqNodes of the bus; undefined as long as they have not been read. */
  #nodes(): readonly DmqNode[] | undefined {
    if (this.#observedWatch?.state.phase !== 'watching') return undefined;
    return [...this.#readable(), ...[...this.#observed.values()].filter((node) => this.#isOfThisBus(node))];
  }

  /** Names are of the namespace: users have theirs, and so have the other buses in it. */
  #isTaken(name: string): boolean {
    const observed = this.#observed.get(name);
    return this.#declared.has(name) || (observed !== undefined && !this.#isOfThisBus(observed));
  }

  /** What made this pod, or the pod itself: what is made for the bus goes with it. */
  #owner(): ObjectReference {
    const { pod } = this.#options;
    return this.#pods.get(pod.uid)?.owner ?? podReference(pod);
  }

  /** Only the leader reads what all say: with each pod reading the views of all the others a large release would be busy with that. */
  #leads(isLeader: boolean): void {
    this.#status.stop();
    this.#observedWatch?.stop();
    this.#observedWatch = undefined;
    this.#observed.clear();
    if (!isLeader || this.#stopped) return;
    [this.#observedWatch] = this.#watch(
      'dmqnodes_observed',
      this.#options.cluster.observed,
      this.#observed,
      ({ name }) => name,
    ) as ResourceWatch<DmqNode>[];
    this.#observedWatch?.start();
    this.#status.start(this.#election.vacantSince);
  }
}
