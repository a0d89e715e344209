import type { PartitionView } from '../../ports/queue-store.ts';

/**
 * `served`: its owner lives. `stopped`: given up, and its node may come back. `waits`: it is assigned, and the adopter has not taken it on.
 * `orphan`: it has items, and nobody has served them for long. `empty`: it has none, and nobody.
 */
export type PartitionState = 'served' | 'stopped' | 'waits' | 'orphan' | 'empty';

/** What a partition looks like from outside, by the same rule as nodes have for orphans. */
export function partitionState(view: PartitionView, orphanAfterMs: number): PartitionState {
  if (isAlive(view, orphanAfterMs)) return 'served';
  if (!hasContent(view)) return 'empty';
  if (view.adopter !== undefined) return 'waits';
  return view.quietMs > orphanAfterMs ? 'orphan' : 'stopped';
}

/** Whether it has an owner that gave a sign of life lately. */
export function isAlive({ owner, quietMs }: PartitionView, orphanAfterMs: number): boolean {
  return owner !== undefined && quietMs <= orphanAfterMs;
}

export function hasContent({ items, journal }: PartitionView): boolean {
  return items > 0 || journal > 0;
}
