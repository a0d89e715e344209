import type { FetchedItem, Queue } from '../../../kdmq-node.ts';

/** An answer is begun to be cut off here: one item may be larger. */
export const answerBytes = 4 * 1024 * 1024;

export interface FetchOptions {
  readonly max: number;
  readonly waitMs: number;
  /** Aborted when whoever asked has gone. */
  readonly signal: AbortSignal;
}

/**
 * Up to `max` items, in one answer's bytes: the first is waited for, the others are those that lie behind it. What was fetched is given out whatever
 * fails then. Rejects with a QueueError when nothing was.
 */
export async function fetchItems(queue: Queue, { max, waitMs, signal }: FetchOptions): Promise<FetchedItem[]> {
  const first = waitMs > 0 ? await queue.waitFetch({ timeoutMs: waitMs, signal }) : await queue.fetch();
  if (first === undefined) return [];
  const more = fitting(queue, max - 1, answerBytes - bytesOf(first));
  const outcomes = await Promise.allSettled(Array.from({ length: more }, () => queue.fetch()));
  const fetched = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : undefined));
  return [first, ...fetched.filter((item) => item !== undefined)];
}

/** How many of the items in front fit. Others may take them meanwhile, so it is about right. */
function fitting(queue: Queue, most: number, bytes: number): number {
  if (most === 0) return 0;
  let left = bytes;
  let count = 0;
  for (const item of queue.peek({ limit: most }).items) {
    left -= bytesOf(item);
    if (left < 0) break;
    count += 1;
  }
  return count;
}

export function bytesOf({ key, value }: Pick<FetchedItem, 'key' | 'value'>): number {
  return key.length + value.length;
}
