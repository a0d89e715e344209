import { closestName } from '../../core/closest-name.ts';
import type { MqueueDefinition } from '../../core/mqueue/mqueue-definition.ts';
import type { PartitionView } from '../../ports/queue-store.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { listed } from '../words.ts';
import type { QueueContext } from './queue-context.ts';

export interface FoundQueue {
  /** Its partitions in the store. */
  readonly views: readonly PartitionView[];
  /** As the configuration at hand has it, which may not be that of its nodes. */
  readonly definition: MqueueDefinition | undefined;
}

/** A queue that is configured or stored. Fails with the names that there are, and with what else can be done. */
export async function findQueue(
  { settings, store }: QueueContext,
  queue: string,
  otherwise?: string,
): Promise<FoundQueue> {
  const all = await store.list(settings.cluster_name);
  const views = all.filter(({ address }) => address.queue === queue);
  const definition = settings.mqueue.find(({ name }) => name === queue);
  if (definition !== undefined || views.length > 0) return { views, definition };
  const names = [...new Set([...settings.mqueue.map(({ name }) => name), ...all.map(({ address }) => address.queue)])];
  const closest = closestName(queue, names);
  const there =
    names.length === 0
      ? 'none is configured here or stored there: give the configuration of the node (--config), which names its queues'
      : `there ${names.length === 1 ? 'is' : 'are'} ${listed(names.sort())}${closest === undefined ? '' : `; did you mean ${closest}?`}`;
  throw new CommandFailure(
    EXIT_CODES.missing,
    `no queue ${queue} in cluster ${settings.cluster_name} of ${store.name}: ${there}${otherwise === undefined ? '' : `${there.endsWith('?') ? '' : '.'} ${otherwise}`}`,
  );
}

/** A stored partition. Fails with those that there are. */
export function findPartition({ views }: FoundQueue, queue: string, partition: string): PartitionView {
  const view = views.find(({ address }) => address.partition === partition);
  if (view !== undefined) return view;
  const names = views.map(({ address }) => address.partition).sort();
  const there =
    names.length === 0 ? 'nothing of it is stored' : `there ${names.length === 1 ? 'is' : 'are'} ${listed(names)}`;
  throw new CommandFailure(EXIT_CODES.missing, `queue ${queue} has no partition ${partition}: ${there}`);
}
