import type { NodeRecord } from '../node-record.ts';
import { type NodeUri, nodeKey } from '../node-uri.ts';
import type { ClusterPicture } from './cluster-picture.ts';
import { mayAnswer, nodeAddress, type ObservedPod } from './observed-pod.ts';
import { readPodInstance } from './pod-instance.ts';
import { isOver } from './pod-life.ts';

/** The node list, as far as it is looked at here. */
export interface KnownNodes {
  get(key: string): NodeRecord | undefined;
  records(): Iterable<NodeRecord>;
}

/** Why a node is out of the bus for certain. */
export type DeathCause =
  | 'pod deleted'
  | 'pod ended' /* phase Succeeded or Failed */
  | 'container ended' /* and perhaps runs again: another life */
  | 'declaration deleted'; /* a user took its DmqNode away */

/** What is to be done so that the node list fits what Kubernetes says. */
export interface Reconciliation {
  /** All addresses that Kubernetes names: they are looked for until they fall out of here. */
  readonly listed: readonly NodeUri[];
  /** Those of them with news: they are worth asking at once. */
  readonly hints: readonly NodeUri[];
  /** Nodes of the list that are gone for certain. */
  readonly deaths: readonly { readonly key: string; readonly cause: DeathCause }[];
  /** Nodes that had died before, and whose pod is gone now too: they do not come back. */
  readonly confirmed: readonly string[];
  /** Nodes of the list to which something happened: a probe decides, and its silence is proof enough. */
  readonly doubts: readonly string[];
}

/** Compares what Kubernetes said before and says now with the node list. Pure: the same pictures and nodes give the same. */
export function reconcile(
  before: ClusterPicture,
  now: ClusterPicture,
  nodes: KnownNodes,
  local: NodeUri,
): Reconciliation {
  const listed = new Map<string, NodeUri>();
  const hints = new Map<string, NodeUri>();
  const name = (uri: NodeUri | undefined, isNews: boolean): void => {
    const key = uri && nodeKey(uri);
    if (uri === undefined || key === undefined || key === nodeKey(local)) return;
    listed.set(key, uri);
    if (isNews) hints.set(key, uri);
  };
  for (const pod of now.pods.values()) {
    const uri = nodeAddress(pod.ips, pod.ports, local);
    if (uri === undefined || !isUp(pod) || saidGoodbye(nodes.get(nodeKey(uri)), pod)) continue;
    name(uri, isNews(before.pods.get(pod.uid), pod));
  }
  const known = new Set(before.endpoints.map(({ host }) => host));
  const podHosts = new Set([...now.pods.values()].flatMap(({ ips }) => ips));
  for (const { host, ports, terminating } of now.endpoints) {
    // Of a pod that is watched itself more is known than that it stands behind the service.
    if (!terminating && !podHosts.has(host)) name(nodeAddress([host], ports, local), !known.has(host));
  }
  for (const [key, uri] of now.declared) name(uri, !before.declared.has(key));

  const deaths = new Map<string, DeathCause>();
  const doubts = new Set<string>();
  const confirmed: string[] = [];
  const findings = fates(before, now);
  const gone = newlyGone(before, now);
  for (const record of nodes.records()) {
    if (record.claim.state === 'left') continue;
    if (record.claim.state === 'dead') {
      if (gone.some((pod) => wasIn(pod, record))) confirmed.push(record.key);
      continue;
    }
    const dismissed = before.declared.has(record.key) && !now.declared.has(record.key) && !listed.has(record.key);
    const fate = dismissed ? 'declaration deleted' : findings(record);
    if (fate === 'doubtful') doubts.add(record.key);
    else if (fate !== undefined) deaths.set(record.key, fate);
  }
  return {
    listed: [...listed.values()],
    hints: [...hints.values()],
    deaths: [...deaths].map(([key, cause]) => ({ key, cause })),
    confirmed,
    doubts: [...doubts],
  };
}

/** Its process runs, as far as is known. */
function isUp(pod: ObservedPod): boolean {
  return mayAnswer(pod) && pod.container?.state !== 'waiting' && pod.container?.state !== 'terminated';
}

function isNews(before: ObservedPod | undefined, pod: ObservedPod): boolean {
  if (before === undefined || !isUp(before)) return true;
  if (before.ips.join() !== pod.ips.join() || (pod.ready && !before.ready)) return true;
  return before.container?.id !== pod.container?.id;
}

/** A process that said goodbye is left alone though its pod is still there; its next run is not. */
function saidGoodbye(record: NodeRecord | undefined, pod: ObservedPod): boolean {
  if (record?.claim.state !== 'left') return false;
  const life = readPodInstance(record.instance);
  return life?.uid === pod.uid && !isOver(pod, life.startedAt);
}

type Fate = DeathCause | 'doubtful' | undefined;

/** What the pictures say of a node: by its pod's UID where it names one, else by the pod that had its address. */
function fates(before: ClusterPicture, now: ClusterPicture): (record: NodeRecord) => Fate {
  const changed = [...before.pods.values()].filter((pod) => now.pods.get(pod.uid) !== pod);
  const byHost = new Map(changed.flatMap((pod) => pod.ips.map((ip) => [ip, pod] as const)));
  const holders = new Set([...now.pods.values()].filter(mayAnswer).flatMap(({ ips }) => ips));
  return (record) => {
    const life = readPodInstance(record.instance);
    if (life === undefined) {
      const pod = byHost.get(record.uri.host);
      return pod && anonymousFate(pod, now.pods.get(pod.uid), holders.has(record.uri.host));
    }
    const pod = now.pods.get(life.uid);
    if (pod === undefined) return now.ended.has(life.uid) ? 'pod deleted' : undefined;
    if (isOver(pod, life.startedAt)) return hasEnded(pod) ? 'pod ended' : 'container ended';
    const earlier = before.pods.get(life.uid);
    return earlier !== undefined && hasStopped(earlier, pod) ? 'doubtful' : undefined;
  };
}

/** Pods that have gone just now: deleted, or ended. */
function newlyGone(before: ClusterPicture, now: ClusterPicture): ObservedPod[] {
  return [...before.pods.values()].filter((pod) => {
    const next = now.pods.get(pod.uid);
    return next !== pod && !hasEnded(pod) && (next === undefined || hasEnded(next));
  });
}

/** Whether the node was that pod, by its UID or else by its address. */
function wasIn(pod: ObservedPod, { instance, uri }: NodeRecord): boolean {
  const life = readPodInstance(instance);
  if (life !== undefined) return life.uid === pod.uid;
  return !pod.hostNetwork && pod.ips.includes(uri.host);
}

/** A node that names no life (a Kamailio) at the address of a pod that changed. Who else may have the address makes it doubtful. */
function anonymousFate(before: ObservedPod, now: ObservedPod | undefined, isHeld: boolean): Fate {
  const over = now === undefined || (hasEnded(now) && !hasEnded(before));
  if (over) return isHeld || before.hostNetwork ? 'doubtful' : now === undefined ? 'pod deleted' : 'pod ended';
  return hasStopped(before, now) ? 'doubtful' : undefined;
}

function hasEnded(pod: ObservedPod): boolean {
  return pod.phase === 'Succeeded' || pod.phase === 'Failed';
}

/** The container that ran has ended, or another run of it has begun; or the pod is told to end and does not serve any more. */
function hasStopped(before: ObservedPod, now: ObservedPod): boolean {
  if (now.terminating && before.ready && !now.ready) return true;
  if (before.container?.state !== 'running') return false;
  return now.container?.state !== 'running' || now.container.id !== before.container.id;
}
