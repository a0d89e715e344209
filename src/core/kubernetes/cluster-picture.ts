import type { NodeUri } from '../node-uri.ts';
import type { ObservedEndpoint, ObservedPod } from './observed-pod.ts';

/** What Kubernetes said last. What could not be read (not yet, or not any more) stays as it was. */
export interface ClusterPicture {
  /** The pods of the release, by UID. */
  readonly pods: ReadonlyMap<string, ObservedPod>;
  readonly endpoints: readonly ObservedEndpoint[];
  /** Addresses that users declared with a DmqNode, by node key. */
  readonly declared: ReadonlyMap<string, NodeUri>;
  /** Pods that were seen and are not there any more, by UID, the last 5,000. */
  readonly ended: ReadonlyMap<string, EndedPod>;
}

/** A pod that was deleted. `at` is monotonic milliseconds. */
export interface EndedPod {
  readonly name: string;
  readonly ips: readonly string[];
  readonly hostNetwork: boolean;
  readonly at: number;
}

export const emptyPicture: ClusterPicture = {
  pods: new Map(),
  endpoints: [],
  declared: new Map(),
  ended: new Map(),
};

const maxEnded = 5_000;

/**
 * The picture with other pods. A pod that is missing is deleted, whether the watch said so or a new list left it out; one that a list
 * had left out by mistake is back with its UID.
 */
export function withPods(picture: ClusterPicture, pods: ReadonlyMap<string, ObservedPod>, now: number): ClusterPicture {
  const gone = [...picture.pods.values()].filter(({ uid }) => !pods.has(uid));
  const isBack = [...picture.ended.keys()].some((uid) => pods.has(uid));
  if (gone.length === 0 && !isBack) return { ...picture, pods };
  const kept = [...picture.ended].filter(([uid]) => !pods.has(uid));
  const added = gone.map(({ uid, name, ips, hostNetwork }) => [uid, { name, ips, hostNetwork, at: now }] as const);
  return { ...picture, pods, ended: new Map([...kept, ...added].slice(-maxEnded)) };
}
