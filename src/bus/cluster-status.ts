import type { Burials } from '../core/kubernetes/burials.ts';
import { takeInventory } from '../core/kubernetes/bus-inventory.ts';
import {
  type IndexedView,
  indexView,
  misdeclaredStatus,
  type NodeMemory,
  nodeStatus,
} from '../core/kubernetes/bus-status.ts';
import { ClusterError } from '../core/kubernetes/cluster-error.ts';
import type { EventSubject } from '../core/kubernetes/cluster-event.ts';
import type { ClusterPicture, EndedPod } from '../core/kubernetes/cluster-picture.ts';
import {
  type DmqNode,
  type DmqNodeStatus,
  type MisdeclaredNode,
  type NodeViewpoint,
  sameStatus,
} from '../core/kubernetes/dmq-node.ts';
import type { ObjectReference } from '../core/kubernetes/observed-pod.ts';
import { readPodInstance } from '../core/kubernetes/pod-instance.ts';
import { formatNodeUri, nodeKey } from '../core/node-uri.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { ClusterWriter } from '../ports/cluster-writer.ts';
import type { Counters, Log } from '../ports/telemetry.ts';
import type { Directory } from './directory.ts';
import { EventWriter } from './kubernetes/event-writer.ts';

export interface ClusterStatusOptions {
  readonly directory: Directory;
  readonly writer: ClusterWriter;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  readonly bus: string;
  /** The pod that this node is. */
  readonly pod: { readonly name: string; readonly uid: string };
  readonly limit: number;
  /** Asked before each write. */
  readonly isLeader: () => boolean;
  readonly picture: () => ClusterPicture;
  readonly burials: () => Burials;
  /** The DmqNodes of the bus, those of users too; undefined until they have been read. */
  readonly nodes: () => readonly DmqNode[] | undefined;
  /** Those that users declared without an address that can be read. */
  readonly misdeclared: () => readonly MisdeclaredNode[];
  /** Whether a DmqNode of that name is a user's, or one of another bus. */
  readonly isTaken: (name: string) => boolean;
  readonly ownView: () => NodeViewpoint;
  /** What goes with the release. */
  readonly owner: () => ObjectReference | undefined;
}

const lookEachMs = 1_000;
/** Writes under way at once. */
const maxWriting = 4;
const refreshMs = 60_000;
const nodesPerRefresh = 100;
/** A view that was not said again for so many refreshes is of nobody who can be counted. */
const refreshesUntilStale = 2.5;
const maxRemembered = 1_000;

/** The leader's work: once a second it writes how the nodes of the bus, taken together, see each node, and tells what happened. */
export class ClusterStatus {
  readonly #options: ClusterStatusOptions;
  readonly #events: EventWriter;
  #memories: ReadonlyMap<string, NodeMemory> = new Map();
  /** When a view last changed, by DmqNode, of this node's own clock. */
  readonly #viewTimes = new Map<string, { readonly time: string; readonly at: number }>();
  readonly #departed = new Set<string>();
  #timer: Timer | undefined;
  #isFull = false;
  #hasJoined = false;

  constructor(options: ClusterStatusOptions) {
    this.#options = options;
    const { directory, writer, clock, counters, isLeader } = options;
    const subject = (kind: EventSubject['kind'], key: string): EventSubject | undefined => this.#subject(kind, key);
    this.#events = new EventWriter({ writer, clock, counters, mayWrite: isLeader, subject });
    directory.onChange(({ key, transition, why, before, after }) => {
      const node = formatNodeUri((after ?? before)!.uri);
      switch (transition) {
        case 'joined':
          this.#tellOfOwn();
          this.#tell(key, this.#departed.delete(key) ? 'Rejoined' : 'Joined', `${node} takes part in the bus`);
          break;
        case 'suspected':
          this.#tell(key, 'Suspected', `${node} does not answer probes`);
          break;
        case 'died':
        case 'left':
          if (this.#departed.size < maxRemembered) this.#departed.add(key);
          this.#tell(key, 'Left', `${node} is out of the bus: ${why === 'gossip' ? 'another node found out' : why}`);
          break;
      }
    });
  }

  /**
   * Begins to write; what was remembered of an earlier time as the leader is of no use any more. What happened from `vacantSince` on
   * (monotonic milliseconds) nobody has told yet.
   */
  start(vacantSince: number): void {
    this.#events.forgetBefore(vacantSince);
    this.#memories = new Map();
    this.#viewTimes.clear();
    this.#lookAfter(0);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #tell(key: string, reason: 'Joined' | 'Rejoined' | 'Suspected' | 'Left' | 'SplitView', note: string): void {
    this.#events.add({ key, reason, note });
  }

  /** The first fellow that this node meets makes it one of the bus: nobody else may be there to tell that. */
  #tellOfOwn(): void {
    if (this.#hasJoined) return;
    this.#hasJoined = true;
    const { local } = this.#options.directory;
    this.#tell(local.key, 'Joined', `${formatNodeUri(local.uri)} takes part in the bus`);
  }

  #lookAfter(delayMs: number): void {
    const timer = this.#options.clock.after(delayMs, () => {
      void this.#look().then(() => {
        // Stopped, or started anew, meanwhile.
        if (this.#timer === timer) this.#lookAfter(lookEachMs);
      });
    });
    this.#timer = timer;
  }

  async #look(): Promise<void> {
    const nodes = this.#options.nodes();
    if (nodes === undefined || !this.#options.isLeader()) return;
    const views = this.#views(nodes);
    await this.#keepInventory(nodes);
    await this.#writeStatuses(nodes, views.map(indexView));
    await this.#events.flush();
  }

  /** The views of those who are there, this node's own as it is now. */
  #views(nodes: readonly DmqNode[]): NodeViewpoint[] {
    const { ownView, directory } = this.#options;
    const own = ownView();
    const names = new Set(nodes.map(({ name }) => name));
    for (const name of this.#viewTimes.keys()) if (!names.has(name)) this.#viewTimes.delete(name);
    const others = nodes.filter(
      ({ name, view }) => view !== undefined && view.instance !== directory.local.instance && this.#counts(name, view),
    );
    return [own, ...others.map(({ view }) => view!)];
  }

  /** Whether who says the view is alive: a pod that is ready, or where pods are not watched a node that is active, and says it again and again. */
  #counts(name: string, view: NodeViewpoint): boolean {
    const { clock, picture, burials, directory } = this.#options;
    const now = clock.now();
    const seen = this.#viewTimes.get(name);
    if (seen?.time !== view.time) this.#viewTimes.set(name, { time: view.time, at: now });
    else if (now - seen.at > refreshesUntilStale * this.#refreshMs()) return false;
    const life = readPodInstance(view.instance);
    const pod = life && picture().pods.get(life.uid);
    if (life === undefined || pod === undefined) {
      return directory.active().some(({ instance }) => instance === view.instance);
    }
    const node = {
      uri: directory.local.uri,
      kind: 'kdmq',
      instance: view.instance,
      software: '',
      streams: [],
    } as const;
    return pod.ready && !pod.terminating && !burials().isBuried(node, now);
  }

  #refreshMs(): number {
    return refreshMs * Math.max(1, this.#options.directory.activeCount / nodesPerRefresh);
  }

  async #keepInventory(nodes: readonly DmqNode[]): Promise<void> {
    const { writer, directory, picture, bus, limit, owner, isTaken, clock, counters, log } = this.#options;
    const { missing, surplus, refused } = takeInventory({
      bus,
      local: directory.local.uri,
      nodes,
      isTaken,
      pods: picture().pods,
      active: directory.active(),
      owner: owner(),
      limit,
      now: clock.now(),
      goneSince: (name) => this.#memories.get(name)?.goneSince,
    });
    if (refused > 0) counters.add('observed_nodes_refused', 'limit', refused);
    if (refused > 0 && !this.#isFull) log.warn('no DmqNode for some nodes: observed_nodes_limit', { limit, refused });
    this.#isFull = refused > 0;
    await this.#writeAll(surplus, ({ name, uid }) => writer.deleteNode(name, uid));
    await this.#writeAll(missing, (content) => writer.applyNode(content));
  }

  async #writeStatuses(nodes: readonly DmqNode[], views: readonly IndexedView[]): Promise<void> {
    const { directory, clock, writer, misdeclared } = this.#options;
    const sight = {
      views,
      record: (key: string) => directory.get(key),
      now: clock.now(),
      wallTime: clock.wallTime(),
      refreshMs: this.#refreshMs(),
    };
    const memories = new Map<string, NodeMemory>();
    const changed: { readonly node: DmqNode; readonly status: DmqNodeStatus }[] = [];
    for (const node of nodes) {
      const next = nodeStatus(node, sight, this.#memories.get(node.name));
      if (next === undefined) continue;
      memories.set(node.name, next.memory);
      if (!sameStatus(node.status, next.status)) changed.push({ node, status: next.status });
    }
    this.#memories = memories;
    for (const { node, status } of changed) if (isNewSplit(node, status)) this.#tellSplit(node, status);
    const wrong = misdeclared()
      .map((node) => ({ node, status: misdeclaredStatus(node, views.length, clock.wallTime()) }))
      .filter(({ node, status }) => !sameStatus(node.status, status));
    await this.#writeAll([...changed, ...wrong], ({ node, status }) => writer.applyStatus(node.name, status));
  }

  #tellSplit({ address }: DmqNode, { seenBy }: DmqNodeStatus): void {
    this.#tell(nodeKey(address), 'SplitView', `${formatNodeUri(address)} is active for ${seenBy} of the nodes only`);
  }

  /** Some at a time; a failure is counted, and the next look sees what is still to be done. */
  async #writeAll<T>(items: readonly T[], write: (item: T) => Promise<void>): Promise<void> {
    const { counters, isLeader } = this.#options;
    const waiting = [...items];
    const worker = async (): Promise<void> => {
      for (let item = waiting.shift(); item !== undefined && isLeader(); item = waiting.shift()) {
        await write(item).catch((cause: unknown) => {
          const code = cause instanceof ClusterError ? cause.code : 'REFUSED';
          counters.add('kubernetes_write_failures', code.toLowerCase());
          if (code === 'FORBIDDEN' || code === 'UNREACHABLE' || code === 'THROTTLED') waiting.length = 0;
        });
      }
    };
    await Promise.all(Array.from({ length: maxWriting }, worker));
  }

  #subject(kind: EventSubject['kind'], key: string): EventSubject | undefined {
    const { nodes, picture, directory, pod } = this.#options;
    if (kind === 'DmqNode') {
      const node = nodes()?.find(({ address }) => nodeKey(address) === key);
      return node && { kind, name: node.name, uid: node.uid };
    }
    if (key === directory.local.key) return { kind, ...pod };
    const record = directory.get(key);
    const life = record && readPodInstance(record.instance);
    const { pods, ended } = picture();
    const had = ({ ips, hostNetwork }: Pick<EndedPod, 'ips' | 'hostNetwork'>): boolean =>
      record !== undefined && !hostNetwork && ips.includes(record.uri.host);
    const holder = [...pods].find(([, pod]) => had(pod)) ?? [...ended].findLast(([, pod]) => had(pod));
    const uid = life?.uid ?? holder?.[0];
    if (uid === undefined) return undefined;
    const name = pods.get(uid)?.name ?? ended.get(uid)?.name;
    return name === undefined ? undefined : { kind, name, uid };
  }
}

function isNewSplit(node: DmqNode, status: DmqNodeStatus): boolean {
  const is = ({ conditions }: Partial<DmqNodeStatus>): boolean =>
    conditions?.some(({ type, status: value }) => type === 'SplitView' && value === 'True') ?? false;
  return is(status) && !is(node.status);
}
