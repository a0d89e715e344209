import type { PartitionAddress } from '../../ports/queue-store.ts';

/**
 * Names of a partition's keys. The braces put all of them into one hash slot of a cluster, so that one script may touch them: Redis
 * hashes what stands between the first `{` and the first `}` behind it.
 */
export class PartitionKeys {
  readonly #tag: string;
  /** Hash: format, owner, epoch, generation, cursor, bounds of the journal. */
  readonly meta: string;
  /** List: the journal. */
  readonly journal: string;
  /** Two names that hold nothing: what a user of Redis may do is tried out on them. */
  readonly probe: readonly [string, string];

  constructor({ cluster, queue, partition }: PartitionAddress) {
    this.#tag = `{dmq:${cluster}:${queue}:${partition}}`;
    this.meta = `${this.#tag}:m`;
    this.journal = `${this.#tag}:j`;
    this.probe = [`${this.#tag}:p:1`, `${this.#tag}:p:2`];
  }

  /** List: the items of a committed generation. */
  generation(generation: number): string {
    return `${this.#tag}:g:${generation}`;
  }

  /** List: what is being staged. The epoch keeps apart what an owner before has staged under the same id. */
  staging(epoch: number, saveId: string): string {
    return `${this.#tag}:s:${epoch}:${saveId}`;
  }
}

/** Set of the partitions of a cluster, `<queue>:<partition>` each. In a Redis Cluster it lies in a slot of its own. */
export function indexKey(cluster: string): string {
  return `{dmq:${cluster}}:partitions`;
}

export function indexMember({ queue, partition }: PartitionAddress): string {
  return `${queue}:${partition}`;
}

/** Undefined for what {@link indexMember} does not write. A partition's name holds no colon. */
export function addressOfMember(cluster: string, member: string): PartitionAddress | undefined {
  const colon = member.lastIndexOf(':');
  if (colon < 1 || colon === member.length - 1) return undefined;
  return { cluster, queue: member.slice(0, colon), partition: member.slice(colon + 1) };
}
