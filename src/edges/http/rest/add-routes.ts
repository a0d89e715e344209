import type { FastifyInstance } from 'fastify';
import type { FromSchema } from 'json-schema-to-ts';
import type { NodeQueues } from '../../../kdmq-node.ts';
import { AddProblem } from './add-problem.ts';
import { addedSchema, newItemQuery, newItemsBody } from './item-schemas.ts';
import { newItems } from './new-items.ts';
import { problems } from './problem-schema.ts';
import { queueParams } from './queue-schemas.ts';

const bytes = { schema: {} };
/** Items of a list that count as one request. */
const itemsAtOnce = 100;

interface Adding {
  readonly Params: FromSchema<typeof queueParams>;
  readonly Querystring: FromSchema<typeof newItemQuery>;
  readonly Body: FromSchema<typeof newItemsBody> | Uint8Array | undefined | null;
}

/** Adding items. The scope's parsers give bodies other than JSON as bytes. */
export function addRoutes(app: FastifyInstance, queues: NodeQueues): void {
  app.post<Adding>(
    '/queues/:queue/items',
    {
      schema: {
        tags: ['queues'],
        operationId: 'addItems',
        summary: 'Add an item, or a list of them in their order',
        description:
          'JSON: one item or a list. Every other body but a form (415) is the value of one item. Answered when all are as safe as the durability of the queue says. ' +
          'Not idempotent: whoever sends it again because no answer came may add twice, unless the queue has unique keys (addmode 1 or 2).',
        params: queueParams,
        querystring: newItemQuery,
        body: {
          content: {
            'application/json': { schema: newItemsBody },
            'application/octet-stream': bytes,
            'text/plain': bytes,
          },
        },
        response: {
          201: { description: 'Each in its place', content: { 'application/json': { schema: addedSchema } } },
          ...problems({
            404: 'There is no such queue',
            413: 'An item is larger than the queue may be, or the body than http_max_body',
            503: 'The queue is not read, or its store is away: `STORE_UNAVAILABLE` says that an item may or may not have been added',
            507: 'The queue is full and drops nothing: the item was not added',
          }),
        },
      },
    },
    async (request, reply) => {
      const queue = queues.get(request.params.queue);
      const items = newItems(request.body, request.query);
      request.countAs(Math.ceil(items.length / itemsAtOnce));
      const adds = items.map(({ key, value, delayMs }) =>
        queue.add(key, value, delayMs === undefined ? {} : { delayMs }),
      );
      const outcomes = await Promise.allSettled(adds);
      const problem = AddProblem.of(outcomes);
      if (problem !== undefined) throw problem;
      const added = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
      return reply.code(201).send({ items: added });
    },
  );
}
