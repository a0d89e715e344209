import type { FastifyReply } from 'fastify';
import type { QueueItem } from '../../../kdmq-node.ts';
import type { BoundedCalls } from './bounded-calls.ts';

/** An answer is begun to be cut off here: one item may be larger. */
export const answerBytes = 4 * 1024 * 1024;
/** Bytes of items: an answer with more is held for long by a client that is slow. */
const largeBytes = 256 * 1024;

/** Counts an answer of so many bytes until its client has read it, if it is large. Throws an HttpProblem when there are too many. */
export function holdLarge(answers: BoundedCalls, reply: FastifyReply, bytes: number): void {
  if (bytes > largeBytes) reply.raw.once('close', answers.begin());
}

export function bytesOf(items: readonly Pick<QueueItem, 'key' | 'value'>[]): number {
  return items.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
}

/** How many of the items, from the first on, fit into so many bytes. */
export function fitting(items: readonly QueueItem[], bytes: number): number {
  let left = bytes;
  const over = items.findIndex((item) => {
    left -= bytesOf([item]);
    return left < 0;
  });
  return over < 0 ? items.length : over;
}
