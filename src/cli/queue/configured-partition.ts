import { describeOrigin } from '../../core/settings/describe-problem.ts';
import type { QueueContext } from './queue-context.ts';

/**
 * The configured partition, and where it comes from unless a flag says it: `0 (from POD_NAME; --to names another one)`. A host on which
 * somebody types a command has a partition too, which may not be the one that is meant.
 *
 * @param flag the one that names another
 */
export function configuredPartition({ settings, partitionOrigin }: QueueContext, flag: string): string {
  const { partition } = settings;
  if (partitionOrigin.kind === 'flag') return partition;
  const isChosen = partitionOrigin.kind !== 'derived';
  return `${partition} (${describeOrigin(partitionOrigin)}${isChosen ? '' : `; ${flag} names another one`})`;
}
