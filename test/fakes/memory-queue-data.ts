import type {
  PartitionAddress,
  PartitionClaim,
  PartitionSnapshot,
  PartitionView,
} from '../../src/ports/queue-store.ts';

/** One partition in memory. */
export interface MemoryPartition {
  readonly address: PartitionAddress;
  epoch: number;
  readonly life: string;
  owner: string | undefined;
  generation: number;
  items: Uint8Array[];
  cursor: number;
  journal: Uint8Array[];
  journalStart: number;
  saveId: string | undefined;
  /** One save at a time; a claim throws it away. */
  stage: { readonly saveId: string; readonly records: Uint8Array[] } | undefined;
  adopter: string | undefined;
  seenAt: number;
}

/** What several MemoryQueueStores keep together, as several processes share one server. */
export class MemoryQueueData {
  readonly partitions = new Map<string, MemoryPartition>();
  /** The last epochs and the lives of partitions that were removed. */
  readonly #removed = new Map<string, { readonly epoch: number; readonly life: string }>();
  #lives = 0;

  find(address: PartitionAddress): MemoryPartition | undefined {
    return this.partitions.get(partitionKey(address));
  }

  make(address: PartitionAddress): MemoryPartition {
    const partition: MemoryPartition = {
      address: { ...address },
      ...(this.#removed.get(partitionKey(address)) ?? { epoch: 0, life: `life ${++this.#lives}` }),
      owner: undefined,
      generation: 0,
      items: [],
      cursor: 0,
      journal: [],
      journalStart: 0,
      saveId: undefined,
      stage: undefined,
      adopter: undefined,
      seenAt: 0,
    };
    this.partitions.set(partitionKey(address), partition);
    return partition;
  }

  remove(address: PartitionAddress): void {
    const key = partitionKey(address);
    const partition = this.partitions.get(key);
    if (partition !== undefined) this.#removed.set(key, { epoch: partition.epoch, life: partition.life });
    this.partitions.delete(key);
  }

  /** Everything is gone, as from a Redis that was restarted without a persistence of its own. */
  lose(): void {
    this.partitions.clear();
    this.#removed.clear();
  }

  /** That of the last claim; undefined where nothing is known of one. */
  epochOf(address: PartitionAddress): number | undefined {
    return this.find(address)?.epoch ?? this.#removed.get(partitionKey(address))?.epoch;
  }

  /** The addresses of partitions in which something is staged. */
  stages(): string[] {
    return [...this.partitions].filter(([, { stage }]) => stage !== undefined).map(([key]) => key);
  }
}

function partitionKey({ cluster, queue, partition }: PartitionAddress): string {
  return JSON.stringify([cluster, queue, partition]);
}

/** The claim as it is now, for the owner that `claim` names. */
export function claimOf(
  partition: MemoryPartition,
  { owner, epoch }: { owner: string; epoch: number },
): PartitionClaim {
  return { ...snapshotOf(partition), owner, epoch };
}

export function snapshotOf(partition: MemoryPartition): PartitionSnapshot {
  return {
    address: { ...partition.address },
    epoch: partition.epoch,
    life: partition.life,
    generation: partition.generation,
    count: partition.items.length,
    cursor: partition.cursor,
    journalStart: partition.journalStart,
    journalEnd: journalEnd(partition),
    saveId: partition.saveId,
  };
}

export function viewOf(partition: MemoryPartition, now: number): PartitionView {
  return {
    address: { ...partition.address },
    epoch: partition.epoch,
    owner: partition.owner,
    items: partition.items.length - partition.cursor,
    journal: partition.journal.length,
    quietMs: now - partition.seenAt,
    adopter: partition.adopter,
  };
}

export function journalEnd({ journalStart, journal }: MemoryPartition): number {
  return journalStart + journal.length;
}
