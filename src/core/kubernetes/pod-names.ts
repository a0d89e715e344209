import type { NodeRecord } from '../node-record.ts';
import { type NodeUri, nodeKey } from '../node-uri.ts';
import type { DmqNode } from './dmq-node.ts';
import type { ObservedPod } from './observed-pod.ts';
import { readPodInstance } from './pod-instance.ts';

/** What decides about names of DmqNodes. */
export interface NameSight {
  /** The DmqNodes of the bus, declared and observed. */
  readonly nodes: readonly DmqNode[];
  /** Whether a DmqNode that is not this leader's to change has that name: a user's, or one of another bus. */
  readonly isTaken: (name: string) => boolean;
  /** The nodes that are active for the leader itself. What others say may be a second old: by then the node may be dead. */
  readonly active: readonly NodeRecord[];
}

/** Which node a DmqNode with the name of a pod is about: one, though several nodes may run in the pod. */
export class PodNames {
  readonly #sight: NameSight;
  readonly #holders: ReadonlyMap<string, DmqNode>;
  /** UIDs of pods whose node makes a DmqNode of that name itself. */
  readonly #own: ReadonlySet<string>;
  readonly #given = new Map<string, string>();

  constructor(sight: NameSight) {
    this.#sight = sight;
    this.#holders = new Map(sight.nodes.map((node) => [node.name, node]));
    const own = sight.active
      .filter(({ kind }) => kind === 'kdmq')
      .map(({ instance }) => readPodInstance(instance)?.uid);
    this.#own = new Set(own.filter((uid) => uid !== undefined));
  }

  /** Whether the node at `address`, in that pod, may have it. What a pod that had the name before left behind is taken over. */
  isFree({ name, uid, ips }: ObservedPod, address: NodeUri): boolean {
    const key = nodeKey(address);
    const given = this.#given.get(name);
    if (this.#sight.isTaken(name) || this.#own.has(uid) || (given !== undefined && given !== key)) return false;
    const holder = this.#holders.get(name);
    if (holder === undefined || nodeKey(holder.address) === key) return true;
    return holder.observed && holder.view === undefined && !ips.includes(holder.address.host);
  }

  give(name: string, address: NodeUri): void {
    this.#given.set(name, nodeKey(address));
  }
}
