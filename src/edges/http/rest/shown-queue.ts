import { writeMqueueDefinition } from '../../../core/mqueue/write-mqueue-definition.ts';
import type { Queue, QueueState } from '../../../kdmq-node.ts';

/** A queue as the API answers it. */
export function shownQueue(queue: Queue, { state, why }: Omit<QueueState, 'name'>) {
  const { name, definition } = queue;
  const { size, delayed, leased, bytes, oldestMs, waiting, ...counts } = queue.stats();
  const { durability, leaseMs } = definition;
  const written = writeMqueueDefinition(definition);
  return {
    name,
    state,
    why,
    definition: written,
    durability,
    leaseMs,
    size,
    delayed,
    leased,
    bytes,
    oldestMs,
    waiting,
    counts,
  };
}
