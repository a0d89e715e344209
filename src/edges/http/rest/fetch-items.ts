import type { FetchedItem, Queue } from '../../../kdmq-node.ts';
import { answerBytes, bytesOf, fitting } from './large-answer.ts';

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
  const more = max === 1 ? 0 : fitting(queue.peek({ limit: max - 1 }).items, answerBytes - bytesOf([first]));
  const outcomes = await Promise.allSettled(Array.from({ length: more }, () => queue.fetch()));
  const fetched = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : undefined));
  return [first, ...fetched.filter((item) => item !== undefined)];
}

/** Bytes of the items in front that a fetch of `max` would take now. Others may take them meanwhile, so it is about right. */
export function bytesAhead(queue: Queue, max: number): number {
  const { items } = queue.peek({ limit: max });
  return bytesOf(items.slice(0, Math.max(1, fitting(items, answerBytes))));
}
