import type { FastifyInstance } from 'fastify';
import type { FromSchema } from 'json-schema-to-ts';
import { formatNodeUri, parseNodeUri } from '../../../core/node-uri.ts';
import type { KdmqNode } from '../../../kdmq-node.ts';
import { newNodeBody, nodeListSchema, nodeParams, nodeStatusBody } from './node-schemas.ts';
import { problems } from './problem-schema.ts';

export type NodeParts = Pick<KdmqNode, 'nodes' | 'addNode' | 'removeNode' | 'changeStatus'>;

type Params = FromSchema<typeof nodeParams>;

const tags = ['nodes'];

/** The node list, and what people change in it. */
export function nodeRoutes(app: FastifyInstance, node: NodeParts): void {
  app.get(
    '/nodes',
    {
      schema: {
        tags,
        operationId: 'listNodes',
        summary: 'The node list, this node first',
        response: { 200: { description: 'The list', content: json(nodeListSchema) } },
      },
    },
    () => ({ nodes: node.nodes() }),
  );

  app.post<{ Body: FromSchema<typeof newNodeBody> }>(
    '/nodes',
    {
      schema: {
        tags,
        operationId: 'addNode',
        summary: "Look for a node; Kamailio's dmq.add",
        description:
          'It is looked for until it is removed or this process ends, and stands in the list once it has answered.',
        body: newNodeBody,
        response: {
          202: { description: 'It is looked for', content: json(newNodeBody) },
          ...problems({ 409: 'It is this node itself, or too many have been added' }),
        },
      },
    },
    (request, reply) => {
      node.addNode(request.body.uri);
      return reply.code(202).send({ uri: normalized(request.body.uri) });
    },
  );

  app.delete<{ Params: Params }>(
    '/nodes/:uri',
    {
      schema: {
        tags,
        operationId: 'removeNode',
        summary: "Take a node off the list; Kamailio's dmq.remove",
        description: 'Here and at our other nodes. A node that lives comes back as soon as it is heard of.',
        params: nodeParams,
        response: {
          204: { description: 'It is off the list', type: 'null' },
          ...problems({ 404: 'It is not in the list', 409: 'It is this node itself' }),
        },
      },
    },
    (request, reply) => {
      node.removeNode(request.params.uri);
      return reply.code(204).send();
    },
  );

  app.patch<{ Params: Params; Body: FromSchema<typeof nodeStatusBody> }>(
    '/nodes/:uri',
    {
      schema: {
        tags,
        operationId: 'changeNodeStatus',
        summary: "Change the status of a node; Kamailio's dmq.change_status",
        description:
          '`not_active` and `disabled`: this node sends it no broadcasts until it is `active` again. ' +
          '`active` ends that; a silent node is not active by it, but asked at once.',
        params: nodeParams,
        body: nodeStatusBody,
        response: {
          200: { description: 'The node as it stands now', content: json({ $ref: 'Node#' }) },
          ...problems({ 404: 'It is not in the list', 409: 'It is this node itself' }),
        },
      },
    },
    (request) => {
      const { uri } = request.params;
      node.changeStatus(uri, request.body.status);
      const shown = normalized(uri);
      return node.nodes().find((one) => one.uri === shown);
    },
  );
}

const json = (schema: object) => ({ 'application/json': { schema } });

/** As it stands in the list. The node has read it already. */
function normalized(uri: string): string {
  const read = parseNodeUri(uri);
  return read === undefined ? uri : formatNodeUri(read);
}
