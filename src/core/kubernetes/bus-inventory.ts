import type { NodeRecord } from '../node-record.ts';
import { type NodeUri, nodeKey } from '../node-uri.ts';
import { type DmqNode, type DmqNodeContent, externalNodeName } from './dmq-node.ts';
import type { ObjectReference, ObservedPod } from './observed-pod.ts';
import { readPodInstance } from './pod-instance.ts';
import { type NameSight, PodNames } from './pod-names.ts';

export interface InventorySight extends NameSight {
  readonly bus: string;
  /** The leader's own address: its DmqNode is its own work. */
  readonly local: NodeUri;
  readonly pods: ReadonlyMap<string, ObservedPod>;
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
  const names = new PodNames(sight);
  const surplus = surplusNodes(sight, podByHost, names);
  const kept = nodes.filter((node) => !surplus.includes(node));
  const held = new Set([sight.local, ...kept.map(({ address }) => address)].map(nodeKey));
  const missing: DmqNodeContent[] = [];
  for (const record of sight.active) {
    if (held.has(record.key) || makesItsOwn(record, pods, now)) continue;
    const { uri: address } = record;
    const pod = podByHost.get(address.host);
    if (pod === undefined && now - record.changedAt < strangerMs) continue;
    const ofPod = pod !== undefined && names.isFree(pod, address);
    const name = ofPod ? pod.name : externalNodeName(bus, address);
    if (sight.isTaken(name)) continue;
    if (ofPod) names.give(name, address);
    const place =
      pod === undefined ? ({ kind: 'external', owner } as const) : ({ kind: 'pod', owner: podReference(pod) } as const);
    missing.push({ name, address, bus, ...place });
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
function surplusNodes(
  sight: InventorySight,
  podByHost: ReadonlyMap<string, ObservedPod>,
  podNamed: PodNames,
): DmqNode[] {
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
    const pod = podByHost.get(node.address.host);
    const isMisnamed = pod !== undefined && podNamed.isFree(pod, node.address);
    return isGone || isMisnamed || first.get(nodeKey(node.address)) !== node;
  });
}

function precedes(one: DmqNode, other: DmqNode): boolean {
  if (one.observed !== other.observed) return !one.observed;
  if ((one.view === undefined) !== (other.view === undefined)) return one.view !== undefined;
  return one.name < other.name;
}
