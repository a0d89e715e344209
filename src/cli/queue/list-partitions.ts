import { escapeControls } from '../../core/escape-controls.ts';
import { byPartition } from '../../queues/partition-order.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { note, print } from '../print.ts';
import { tableOf } from '../table.ts';
import { count, inUnits } from '../words.ts';
import { partitionStates } from './partition-state.ts';
import type { ListCommand } from './queue-command.ts';
import type { QueueContext } from './queue-context.ts';

/** `kdmq queue ls`: every partition of the cluster. */
export async function listPartitions({ settings, store }: QueueContext, { output }: ListCommand): Promise<number> {
  const { cluster_name: cluster, mqueue_orphan_after } = settings;
  const views = (await store.list(cluster)).sort((one, two) => byPartition(one.address, two.address));
  const stateOf = partitionStates(views, mqueue_orphan_after * 1000);
  if (output === 'json') {
    const rows = views.map((view) => ({
      queue: view.address.queue,
      partition: view.address.partition,
      items: view.items,
      journal: view.journal,
      owner: view.owner ?? null,
      quiet_ms: Math.round(view.quietMs),
      adopter: view.adopter ?? null,
      epoch: view.epoch,
      state: stateOf(view),
    }));
    await print(`${JSON.stringify(rows, undefined, 2)}\n`);
    return EXIT_CODES.ok;
  }
  const heads = ['QUEUE', 'PARTITION', 'ITEMS', 'JOURNAL', 'OWNER', 'QUIET', 'ADOPTER', 'STATE'];
  const rows = views.map((view) => [
    ...[view.address.queue, view.address.partition].map(escapeControls),
    String(view.items),
    String(view.journal),
    escapeControls(view.owner ?? '-'),
    inUnits(view.quietMs),
    escapeControls(view.adopter ?? '-'),
    stateOf(view),
  ]);
  await print(tableOf([heads, ...rows], ['ITEMS', 'JOURNAL', 'QUIET']));
  if (views.length === 0) note(`no queue of cluster ${cluster} is stored in ${store.name}`);
  const orphans = views.filter((view) => stateOf(view) === 'orphan');
  const [first] = orphans;
  if (first !== undefined) {
    const { queue, partition } = first.address;
    note(
      `${count(orphans.length, 'partition looks like an orphan', 'partitions look like orphans')}: nobody has served what is in there for ${inUnits(mqueue_orphan_after * 1000)}. Start its node, or let another one serve it: kdmq queue adopt ${queue} --from ${partition} --to …`,
    );
  }
  return EXIT_CODES.ok;
}
