import type { PartitionView, QueueStore } from '../ports/queue-store.ts';
import type { Log } from '../ports/telemetry.ts';
import { asStoreError } from './load-partition.ts';

/** Owners give signs of life 12.5 s apart at most. One that has given none for so long does not live any more. */
const livelyMs = 15_000;

/** Whether its owner may be alive: it gave a sign of life a moment ago, and has not given the partition up. */
export function mayLive({ owner, quietMs }: PartitionView): boolean {
  return owner !== undefined && quietMs <= livelyMs;
}

/**
 * How the partitions of this name stand before they are claimed, by queue. Nothing where the store does not say: what keeps it from that is
 * said when the partitions are claimed.
 */
export async function viewsBeforeClaim(
  store: QueueStore,
  { cluster, partition, log }: { readonly cluster: string; readonly partition: string; readonly log: Log },
): Promise<ReadonlyMap<string, PartitionView>> {
  try {
    const own = (await store.list(cluster)).filter(({ address }) => address.partition === partition);
    return new Map(own.map((view) => [view.address.queue, view]));
  } catch (error) {
    const { message } = asStoreError(error);
    log.debug('mqueue: who owned the queues is not known', { store: store.name, error: message });
    return new Map();
  }
}
