import type { PartitionView } from '../../ports/queue-store.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { inUnits, listed } from '../words.ts';
import type { FoundQueue } from './find-queue.ts';
import { isAlive } from './partition-state.ts';
import type { QueueContext } from './queue-context.ts';

/** When the node of a partition takes on what has been assigned to it, as a sentence. */
export function nextStep({ settings }: QueueContext, { views }: FoundQueue, partition: string): string {
  const orphanAfterMs = settings.mqueue_orphan_after * 1000;
  const view = views.find(({ address }) => address.partition === partition);
  if (view !== undefined && isAlive(view, orphanAfterMs)) {
    return 'Its node runs: it serves them within some ten seconds, behind what it has (kdmq queue ls shows it as served).';
  }
  const once = 'it serves them once it runs with this queue, behind what it has saved';
  if (view !== undefined) return `${lastSeen(view)}: ${once}.`;
  const running = views.filter((each) => isAlive(each, orphanAfterMs)).map(({ address }) => address.partition);
  const others = running.length === 0 ? '' : ` Nodes that run have ${listed(running.sort())}.`;
  return `Nothing is known of its node: ${once}.${others}`;
}

function lastSeen({ owner, quietMs }: PartitionView): string {
  return owner === undefined ? 'Its node is stopped' : `Its node has been quiet for ${inUnits(quietMs)}`;
}

/** A queue whose node reads nothing takes nothing on. */
export function mustBeRead(queue: string, { definition }: FoundQueue): void {
  if (definition === undefined || definition.dbMode === 'both' || definition.dbMode === 'load') return;
  throw new CommandFailure(
    EXIT_CODES.config,
    `queue ${queue} has dbmode ${definition.dbMode} here, with which a node never reads what is stored: set dbmode=both or dbmode=load`,
  );
}
