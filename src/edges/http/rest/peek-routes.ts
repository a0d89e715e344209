import type { FastifyInstance } from 'fastify';
import type { FromSchema } from 'json-schema-to-ts';
import type { NodeQueues, PeekPage, Queue } from '../../../kdmq-node.ts';
import type { BoundedCalls } from './bounded-calls.ts';
import { pageSchema, peekQuery } from './item-schemas.ts';
import { answerBytes, bytesOf, fitting, holdLarge } from './large-answer.ts';
import { openQueue } from './open-queue.ts';
import { problems } from './problem-schema.ts';
import { queueParams } from './queue-schemas.ts';
import { shownItem } from './shown-item.ts';

export interface PeekParts {
  readonly queues: NodeQueues;
  /** Large answers that their clients have not read yet. */
  readonly answers: BoundedCalls;
}

/** Looking at items without taking them. */
export function peekRoutes(app: FastifyInstance, { queues, answers }: PeekParts): void {
  app.get<{ Params: FromSchema<typeof queueParams>; Querystring: FromSchema<typeof peekQuery> }>(
    '/queues/:queue/items',
    {
      schema: {
        tags: ['queues'],
        operationId: 'listItems',
        summary: 'The items that can be fetched, oldest first, page by page',
        params: queueParams,
        querystring: peekQuery,
        response: {
          200: { description: 'A page', content: { 'application/json': { schema: pageSchema } } },
          ...problems({
            404: 'There is no such queue',
            503: 'The queue can not be read now, or too many large answers are under way',
          }),
        },
      },
    },
    ({ params, query }, reply) => {
      const { items, next } = page(openQueue(queues, params.queue), query.after, query.limit);
      holdLarge(answers, reply, bytesOf(items));
      return { items: items.map(shownItem), next };
    },
  );
}

/** A page that fits into one answer, but has one item at least. */
function page(queue: Queue, after: number | undefined, limit: number): PeekPage {
  const whole = queue.peek({ after, limit });
  const fit = fitting(whole.items, answerBytes);
  return fit === whole.items.length ? whole : queue.peek({ after, limit: Math.max(1, fit) });
}
