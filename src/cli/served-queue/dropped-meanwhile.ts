import type { QueueState } from './queue-state.ts';

/** What a queue dropped to make room, and the limits that were hit. */
export interface Dropped {
  readonly items: number;
  readonly limits: readonly string[];
}

/** The settings of the limits that the API counts by. */
const LIMITS: Readonly<Record<string, string>> = {
  size: 'size',
  bytes: 'max_bytes',
  total_bytes: 'mqueue_total_bytes',
};

/** What a queue dropped between two looks at it. Counts that have become smaller are those of a node that was started anew. */
export function droppedMeanwhile(before: QueueState, after: QueueState): Dropped {
  const since = Object.entries(after.counts.dropped).map(([why, now]): [limit: string, items: number] => {
    const then = before.counts.dropped[why] ?? 0;
    return [LIMITS[why] ?? why, now < then ? now : now - then];
  });
  const hit = since.filter(([, items]) => items > 0);
  return { items: hit.reduce((sum, [, items]) => sum + items, 0), limits: hit.map(([limit]) => limit) };
}
