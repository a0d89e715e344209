import type { FastifyInstance } from 'fastify';
import type { KdmqNode } from '../../../kdmq-node.ts';

const bindingSchema = {
  type: 'object',
  required: ['name', 'direction', 'channel', 'queue', 'definition', 'state', 'counts'],
  properties: {
    name: { type: 'string', description: '`channel x to queue y` or `queue y to channel x`.' },
    direction: { type: 'string', enum: ['inbound', 'outbound'], description: '`inbound`: into the queue.' },
    channel: { type: 'string' },
    queue: { type: 'string' },
    mode: {
      type: 'string',
      enum: ['broadcast', 'send'],
      description: 'Of `outbound` bindings: to all active nodes, or to one.',
    },
    definition: { type: 'string', description: 'As in the setting bindings.' },
    state: {
      type: 'string',
      enum: ['starting', 'ready', 'failing', 'stopped'],
      description:
        '`starting`: the node has not joined the bus; `failing`: the last one did not go through; `stopped`: the node stops, or the queue belongs to another process.',
    },
    why: { type: 'string', description: 'Why the last one did not go through; missing when all is well.' },
    counts: {
      type: 'object',
      description:
        'Since the start. `inbound`: messages `stored`, `full`, `too_large`, `unavailable`. `outbound`: tries `delivered`, `failed`, and items `unsendable`.',
      additionalProperties: { type: 'integer', minimum: 0 },
    },
  },
} as const;

const listSchema = {
  type: 'object',
  required: ['bindings'],
  properties: { bindings: { type: 'array', items: bindingSchema } },
} as const;

/** The bindings of channels and queues, as the configuration has them. */
export function bindingRoutes(app: FastifyInstance, node: Pick<KdmqNode, 'bindings'>): void {
  app.get(
    '/bindings',
    {
      schema: {
        tags: ['bindings'],
        operationId: 'listBindings',
        summary: 'The bindings of channels and queues, with what came of their messages',
        response: { 200: { description: 'The bindings', content: { 'application/json': { schema: listSchema } } } },
      },
    },
    () => ({ bindings: node.bindings() }),
  );
}
