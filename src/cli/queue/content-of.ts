import type { PartitionView } from '../../ports/queue-store.ts';
import { count } from '../words.ts';

/** What a partition holds: `40 items and 3 journal records`. */
export function contentOf({ items, journal }: PartitionView): string {
  const parts = journal === 0 ? [] : [count(journal, 'journal record')];
  return [count(items, 'item'), ...parts].join(' and ');
}
