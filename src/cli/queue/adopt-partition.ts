import type { PartitionView } from '../../ports/queue-store.ts';
import { hasContent } from '../../queues/orphan-rule.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { print } from '../print.ts';
import { inUnits } from '../words.ts';
import { configuredPartition } from './configured-partition.ts';
import { contentOf } from './content-of.ts';
import { findPartition, findQueue } from './find-queue.ts';
import { mustBeRead, nextStep } from './next-step.ts';
import { isAlive } from './partition-state.ts';
import type { AdoptCommand } from './queue-command.ts';
import type { QueueContext } from './queue-context.ts';

/** `kdmq queue adopt`: names the partition whose node shall serve another one too. */
export async function adoptPartition(context: QueueContext, command: AdoptCommand): Promise<number> {
  const { settings, store } = context;
  const { queue, from, to = settings.partition, force } = command;
  const orphanAfterMs = settings.mqueue_orphan_after * 1000;
  const found = await findQueue(context, queue);
  const view = findPartition(found, queue, from);
  mustBeRead(queue, found);
  if (from === to) return takeBack(context, queue, view);
  const alive = isAlive(view, orphanAfterMs);
  if (alive && !force) {
    throw new CommandFailure(
      EXIT_CODES.refused,
      `partition ${from} of queue ${queue} is served by ${view.owner}, which gave a sign of life ${inUnits(view.quietMs)} ago: adopt what has been quiet for ${inUnits(orphanAfterMs)} (mqueue_orphan_after), or pass --force to have it taken on when that node stops`,
    );
  }
  if (!hasContent(view) && !alive) {
    await print(`Partition ${from} of queue ${queue} is empty: there is nothing to serve.\n`);
    return EXIT_CODES.ok;
  }
  await store.assign(view.address, to);
  const before = view.adopter === undefined || view.adopter === to ? '' : ` (no longer to ${view.adopter})`;
  await print(
    `Partition ${from} of queue ${queue}, with ${contentOf(view)}, is assigned to partition ${command.to ?? configuredPartition(context, '--to')}${before}.\n`,
  );
  if (alive) {
    await print(
      `${view.owner} goes on serving it. When it stops, or is quiet for ${inUnits(orphanAfterMs)}, partition ${to} takes it on; started again, it takes it back.\n`,
    );
  } else await print(`${nextStep(context, found, to)}\n`);
  return EXIT_CODES.ok;
}

/** A partition that is assigned to itself is assigned to nobody else any more. */
async function takeBack({ store }: QueueContext, queue: string, view: PartitionView): Promise<number> {
  const { partition } = view.address;
  if (view.adopter === undefined) {
    throw new CommandFailure(EXIT_CODES.usage, `partition ${partition} serves itself: name another one with --to`);
  }
  await store.assign(view.address, undefined);
  await print(`Partition ${partition} of queue ${queue} is its own again (no longer assigned to ${view.adopter}).\n`);
  return EXIT_CODES.ok;
}
