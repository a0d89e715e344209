import type { PartitionAddress } from '../ports/queue-store.ts';

/** Order of partitions by queue and name, numbers as numbers: 2 before 10, and imports in the order they were made. */
export function byPartition(one: PartitionAddress, two: PartitionAddress): number {
  return compare(one.queue, two.queue) || compare(one.partition, two.partition);
}

const { compare } = new Intl.Collator('en', { numeric: true });
