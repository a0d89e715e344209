import type { PartitionAddress, PartitionView } from '../ports/queue-store.ts';

/** Whether anything is in a partition. */
export function hasContent({ items, journal }: PartitionView): boolean {
  return items > 0 || journal > 0;
}

/**
 * Who is an orphan among the partitions of a cluster: content that nobody has served for `orphanAfterMs`, and that nobody will take on. An
 * adopter whose own partition is as quiet, or is none any more, will not.
 */
export class OrphanRule {
  readonly #orphanAfterMs: number;
  readonly #livelyPartitions = new Set<string>();
  readonly #livelyQueues = new Set<string>();

  constructor(views: readonly PartitionView[], orphanAfterMs: number) {
    this.#orphanAfterMs = orphanAfterMs;
    for (const view of views) {
      if (this.isQuiet(view)) continue;
      this.#livelyPartitions.add(keyOf(view.address));
      this.#livelyQueues.add(view.address.queue);
    }
  }

  /** No sign of life for long. */
  isQuiet({ quietMs }: PartitionView): boolean {
    return quietMs > this.#orphanAfterMs;
  }

  isOrphan(view: PartitionView): boolean {
    return hasContent(view) && this.isQuiet(view) && !this.#isAwaited(view);
  }

  /** Whether any node gave a sign of life for a partition of this queue lately. */
  isServedAnywhere(queue: string): boolean {
    return this.#livelyQueues.has(queue);
  }

  #isAwaited({ address, adopter }: PartitionView): boolean {
    return adopter !== undefined && this.#livelyPartitions.has(keyOf({ ...address, partition: adopter }));
  }
}

function keyOf({ queue, partition }: PartitionAddress): string {
  return JSON.stringify([queue, partition]);
}
