import type { NodeRecord } from '../node-record.ts';
import { type NodeUri, nodeKey } from '../node-uri.ts';
import { type DmqNode, type DmqNodeContent, externalNodeName } from './dmq-node.ts';
import type { ObjectReference, ObservedPod } from './observed-pod.ts';
import { readPodInstance } from './pod-instance.ts';

export interface InventorySight {
  readonly bus: string;
  /** The leader's own address: its DmqNode is its own work. */
  readonly local: NodeUri;
  /** The DmqNodes of the bus, declared and observed. */
  readonly nodes: readonly DmqNode[];
  readonly pods: ReadonlyMap<string, ObservedPod>;
  /** The nodes that are active for the leader itself. What others say may be a second old: by then the node may be dead. */
  readonly active: readonly NodeRecord[];
  /** What owns that which is made for the release as a whole. */
  readonly owner: ObjectReference | undefined;
  /** How many observed DmqNodes there may be. */
  readonly limit: number;
  readonly now: number;
  /** Since when a DmqNode is gone for the bus (monotonic milliseconds). */
  readonly goneSince: (name: string) => number | undefined;
}

export interface Inventory {
  readonly missing: readonly DmqNodeContent[];
  readonly surplus: readonly Pick<DmqNode, 'name' | 'uid'>[];
  /** Nodes that get no DmqNode because of the limit. */
  readonly refused: number;
}

/** So long a pod of ours may take to make its own DmqNode before it is taken for a node outside. */
const ownWorkMs = 10_000;
/** A node that has just come may be a pod of which Kubernetes does not tell the address yet. */
const strangerMs = 2_000;
const goneShownMs = 60_000;

/**
 * Which DmqNodes the leader has to make and to delete: one for each node that is active for it, which is after it has answered a probe.
 * Our own pods make theirs themselves, those of users are left alone.
 */
export function takeInventory(sight: InventorySight): Inventory {
  const { nodes, pods, bus, owner, limit, now } = sight;
  const podByHost = new Map(
    [...pods.values()].filter((pod) => !pod.hostNetwork).flatMap((pod) => pod.ips.map((ip) => [ip, pod])),
  );
  const surplus = surplusNodes(sight, podByHost);
  const kept = nodes.filter((node) => !surplus.includes(node));
  const held = new Set([sight.local, ...kept.map(({ address }) => address)].map(nodeKey));
  const missing: DmqNodeContent[] = [];
  for (const record of sight.active) {
    if (held.has(record.key) || makesItsOwn(record, pods, now)) continue;
    const { uri: address } = record;
    const pod = podByHost.get(address.host);
    if (pod === undefined && now - record.changedAt < strangerMs) continue;
    missing.push(
      pod === undefined
        ? { name: externalNodeName(bus, address), address, kind: 'external', bus, owner }
        : { name: pod.name, address, kind: 'pod', bus, owner: podReference(pod) },
    );
  }
  const room = Math.max(0, limit - kept.filter(({ observed }) => observed).length);
  return { missing: missing.slice(0, room), surplus, refused: Math.max(0, missing.length - room) };
}

export function podReference({ name, uid }: Pick<ObservedPod, 'name' | 'uid'>): ObjectReference {
  return { apiVersion: 'v1', kind: 'Pod', name, uid };
}

function makesItsOwn(record: NodeRecord, pods: ReadonlyMap<string, ObservedPod>, now: number): boolean {
  if (record.kind !== 'kdmq') return false;
  const life = readPodInstance(record.instance);
  if (life === undefined) return false;
  return pods.has(life.uid) || now - record.changedAt < ownWorkMs;
}

/** Observed, made by a leader, and not needed any more: gone for a while, better named by its pod, or doubled. */
function surplusNodes(sight: InventorySight, podByHost: ReadonlyMap<string, ObservedPod>): DmqNode[] {
  const podNames = new Set([...sight.pods.values()].map(({ name }) => name));
  const first = new Map<string, DmqNode>();
  for (const node of sight.nodes) {
    const key = nodeKey(node.address);
    const other = first.get(key);
    if (other === undefined || precedes(node, other)) first.set(key, node);
  }
  return sight.nodes.filter((node) => {
    if (!node.observed || node.view !== undefined || podNames.has(node.name)) return false;
    const since = sight.goneSince(node.name);
    const isGone = since !== undefined && sight.now - since >= goneShownMs;
    return isGone || podByHost.has(node.address.host) || first.get(nodeKey(node.address)) !== node;
  });
}

function precedes(one: DmqNode, other: DmqNode): boolean {
  if (one.observed !== other.observed) return !one.observed;
  if ((one.view === undefined) !== (other.view === undefined)) return one.view !== undefined;
  return one.name < other.name;
}
