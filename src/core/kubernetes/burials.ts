import type { NodeIdentity } from '../node-record.ts';
import { nodeKey } from '../node-uri.ts';
import type { ClusterPicture } from './cluster-picture.ts';
import { readPodInstance } from './pod-instance.ts';
import { isOver } from './pod-life.ts';

/** How long the address of a deleted pod speaks for nobody, as long as no other pod has it: a force-deleted process lives on for seconds. */
const graveMs = 30_000;
/** How long a node that a user took away stays away by itself, as long as a tombstone. */
const dismissalMs = 600_000;

/** Who is gone for certain though it may still send. Read only; made anew from each picture. */
export interface Burials {
  /** Whether that life is over. For nodes that name no life (Kamailio) the address decides. */
  isBuried(node: NodeIdentity, now: number): boolean;
  /** Whether the address belongs to nobody who is alive, as far as Kubernetes knows. */
  isGrave(host: string, now: number): boolean;
  /** Whether there is any grave or dismissal at all: most often there is none. */
  readonly speaksOfAddresses: boolean;
  /** Whether a user has taken the node of that key away. */
  isDismissed(key: string, now: number): boolean;
}

export const noBurials: Burials = {
  speaksOfAddresses: false,
  isBuried: () => false,
  isGrave: () => false,
  isDismissed: () => false,
};

/** The burials that a picture proves. `dismissed`: nodes whose declaration a user deleted, by key, and when (monotonic milliseconds). */
export function burialsIn(picture: ClusterPicture, dismissed: ReadonlyMap<string, number>): Burials {
  const { pods, ended } = picture;
  const held = new Set([...pods.values()].flatMap(({ ips }) => ips));
  const graves = new Map<string, number>();
  for (const { ips, hostNetwork, at } of ended.values()) {
    if (!hostNetwork) for (const ip of ips) if (!held.has(ip)) graves.set(ip, at + graveMs);
  }
  const isGrave = (host: string, now: number): boolean => now < (graves.get(host) ?? 0);
  const isDismissed = (key: string, now: number): boolean => {
    const since = dismissed.get(key);
    return since !== undefined && now < since + dismissalMs;
  };
  return {
    speaksOfAddresses: graves.size + dismissed.size > 0,
    isGrave,
    isDismissed,
    isBuried: (node, now) => {
      if (isDismissed(nodeKey(node.uri), now)) return true;
      const life = readPodInstance(node.instance);
      if (life === undefined) return isGrave(node.uri.host, now);
      const pod = pods.get(life.uid);
      return pod === undefined ? ended.has(life.uid) : isOver(pod, life.startedAt);
    },
  };
}
