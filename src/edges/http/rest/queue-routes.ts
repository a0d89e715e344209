import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { FromSchema } from 'json-schema-to-ts';
import type { NodeQueues } from '../../../kdmq-node.ts';
import type { BoundedCalls } from './bounded-calls.ts';
import { openQueue, stateOf } from './open-queue.ts';
import { problems } from './problem-schema.ts';
import { queueListSchema, queueParams, removedSchema } from './queue-schemas.ts';
import { shownQueue } from './shown-queue.ts';

export interface QueueParts {
  readonly queues: NodeQueues;
  readonly exports: BoundedCalls;
}

type Params = FromSchema<typeof queueParams>;

const tags = ['queues'];
const lines = 'application/x-ndjson';
/** Lines go out in pieces of about this many characters. */
const pieceLength = 65_536;

/** The queues as wholes: how they stand, their content as lines, and emptying one. */
export function queueRoutes(app: FastifyInstance, { queues, exports }: QueueParts): void {
  app.get(
    '/queues',
    {
      schema: {
        tags,
        operationId: 'listQueues',
        summary: 'All queues, and how they stand',
        response: { 200: { description: 'The queues', content: json(queueListSchema) } },
      },
    },
    () => ({ queues: queues.all().map((queue) => shownQueue(queue, stateOf(queues, queue.name))) }),
  );

  app.get<{ Params: Params }>(
    '/queues/:queue',
    {
      schema: {
        tags,
        operationId: 'getQueue',
        summary: 'How a queue stands',
        params: queueParams,
        response: {
          200: { description: 'The queue', content: json({ $ref: 'Queue#' }) },
          ...problems({ 404: 'There is no such queue' }),
        },
      },
    },
    ({ params }) => shownQueue(queues.get(params.queue), stateOf(queues, params.queue)),
  );

  app.get<{ Params: Params }>(
    '/queues/:queue/export',
    {
      config: { cost: 10 },
      schema: {
        tags,
        operationId: 'exportQueue',
        summary: 'All items as lines of JSON, as they are at this moment',
        description:
          'In the format of `kdmq queue export`; delayed and lent items are among them. Nothing leaves the queue.',
        params: queueParams,
        response: {
          200: { description: 'An item a line', content: { [lines]: { schema: { type: 'string' } } } },
          ...problems({
            404: 'There is no such queue',
            503: 'It can not be read now, or too many exports are under way',
          }),
        },
      },
    },
    ({ params }, reply) => {
      const queue = openQueue(queues, params.queue);
      const end = exports.begin();
      reply.raw.once('close', end);
      return reply.type(lines).send(Readable.from(pieces(queue.lines()), { objectMode: false }));
    },
  );

  app.delete<{ Params: Params }>(
    '/queues/:queue/items',
    {
      schema: {
        tags,
        operationId: 'clearQueue',
        summary: 'Remove all items, delayed and lent ones too',
        params: queueParams,
        response: {
          200: { description: 'How many there were', content: json(removedSchema) },
          ...problems({ 404: 'There is no such queue', 503: 'The queue or its store can not do it now' }),
        },
      },
    },
    async ({ params }) => ({ removed: await queues.get(params.queue).clear() }),
  );
}

const json = (schema: object) => ({ 'application/json': { schema } });

function* pieces(source: Iterable<string>): Generator<string> {
  let piece = '';
  for (const line of source) {
    piece += `${line}\n`;
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
