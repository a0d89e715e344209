import type { PartitionView } from '../../ports/queue-store.ts';
import { hasContent, OrphanRule } from '../../queues/orphan-rule.ts';

/**
 * `served`: its owner lives. `stopped`: given up, and its node may come back. `waits`: it is assigned, and the adopter has not taken it on.
 * `orphan`: it has items, nobody has served them for long, and its adopter, where there is one, has been away as long. `empty`: it has
 * none, and nobody.
 */
export type PartitionState = 'served' | 'stopped' | 'waits' | 'orphan' | 'empty';

/** What partitions look like from outside, by the same rule as nodes have for orphans. `views` are all of their cluster. */
export function partitionStates(
  views: readonly PartitionView[],
  orphanAfterMs: number,
): (view: PartitionView) => PartitionState {
  const rule = new OrphanRule(views, orphanAfterMs);
  return (view) => {
    if (isAlive(view, orphanAfterMs)) return 'served';
    if (!hasContent(view)) return 'empty';
    if (rule.isOrphan(view)) return 'orphan';
    return view.adopter === undefined ? 'stopped' : 'waits';
  };
}

/** Whether it has an owner that gave a sign of life lately. */
export function isAlive({ owner, quietMs }: PartitionView, orphanAfterMs: number): boolean {
  return owner !== undefined && quietMs <= orphanAfterMs;
}
