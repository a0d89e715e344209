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
 * fails then; what was on its way when the client went is there for the next. Rejects with a QueueError when nothing was fetched.
 */
export async function fetchItems(queue: Queue, { max, waitMs, signal }: FetchOptions): Promise<FetchedItem[]> {
  // All at once where nothing is waited for: they are in the hands of the store together, and go back together.
  if (waitMs === 0) return fetchNow(queue, Math.max(1, fitting(queue.peek({ limit: max }).items, answerBytes)), signal);
  const first = await queue.waitFetch({ timeoutMs: waitMs, signal });
  if (first === undefined) return [];
  const more = max === 1 ? 0 : fitting(queue.peek({ limit: max - 1 }).items, answerBytes - bytesOf([first]));
  return [first, ...(await fetchNow(queue, more, signal).catch(() => []))];
}

async function fetchNow(queue: Queue, count: number, signal: AbortSignal): Promise<FetchedItem[]> {
  const outcomes = await Promise.allSettled(Array.from({ length: count }, () => queue.fetch({ signal })));
  const fetched = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? (outcome.value ?? []) : []));
  const failed = outcomes.find(({ status }) => status === 'rejected');
  if (fetched.length === 0 && failed?.status === 'rejected') throw failed.reason;
  return fetched;
}

/** Bytes of the items in front that a fetch of `max` would take now. Others may take them meanwhile, so it is about right. */
export function bytesAhead(queue: Queue, max: number): number {
  const { items } = queue.peek({ limit: max });
  return bytesOf(items.slice(0, Math.max(1, fitting(items, answerBytes))));
}
