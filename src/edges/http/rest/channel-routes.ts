import type { FastifyInstance } from 'fastify';
import type { FromSchema } from 'json-schema-to-ts';
import { parseNodeUri } from '../../../core/node-uri.ts';
import type { KdmqNode } from '../../../kdmq-node.ts';
import { HttpProblem } from '../server/http-problem.ts';
import {
  broadcastQuery,
  channelListSchema,
  channelParams,
  deliveriesSchema,
  messageBody,
  sendQuery,
} from './channel-schemas.ts';
import { messageContent } from './message-content.ts';
import { problems } from './problem-schema.ts';
import { shownDelivery } from './shown-delivery.ts';

export type ChannelParts = Pick<KdmqNode, 'channels' | 'broadcastMessage' | 'sendMessage'>;

type Params = FromSchema<typeof channelParams>;
type Body = FromSchema<typeof messageBody> | Uint8Array | undefined | null;

const tags = ['channels'];
const bytes = { schema: {} };
const body = {
  content: { 'application/json': { schema: messageBody }, 'application/octet-stream': bytes, 'text/plain': bytes },
};
const response = {
  200: {
    description: 'What came of it, node by node',
    content: { 'application/json': { schema: deliveriesSchema } },
  },
  ...problems({ 409: "The channel is one of the node's own" }),
};
const description =
  'JSON says what is sent and as what. Every other body but a form (415) is sent as it is, with its Content-Type. The answer comes when all nodes have answered or ' +
  'their time is over.';

/** The channels, and messages on them. The scope's parsers give bodies other than JSON as bytes. */
export function channelRoutes(app: FastifyInstance, node: ChannelParts): void {
  app.get(
    '/channels',
    {
      schema: {
        tags,
        operationId: 'listChannels',
        summary: 'The channels, with what came of their messages',
        response: {
          200: { description: 'The channels', content: { 'application/json': { schema: channelListSchema } } },
        },
      },
    },
    () => ({ channels: node.channels() }),
  );

  app.post<{ Params: Params; Querystring: FromSchema<typeof broadcastQuery>; Body: Body }>(
    '/channels/:channel/broadcast',
    {
      config: { cost: 10 },
      schema: {
        tags,
        operationId: 'broadcast',
        summary: "Send a message to every active node; Kamailio's dmq_bcast_message",
        description,
        params: channelParams,
        querystring: broadcastQuery,
        body,
        response,
      },
    },
    async (request) => {
      const { channel } = request.params;
      const { deadline_ms: deadlineMs, except: named } = request.query;
      refuseOwn(node, channel);
      const { body: content, contentType } = messageContent(request.body, request.headers['content-type']);
      const except = named === undefined ? undefined : parseNodeUri(named);
      if (named !== undefined && except === undefined) throw notAUri(named);
      const deliveries = await node.broadcastMessage(channel, content, {
        contentType,
        deadlineMs,
        ...(except && { except }),
      });
      return { deliveries: deliveries.map(shownDelivery) };
    },
  );

  app.post<{ Params: Params; Querystring: FromSchema<typeof sendQuery>; Body: Body }>(
    '/channels/:channel/send',
    {
      schema: {
        tags,
        operationId: 'send',
        summary: "Send a message to one node; Kamailio's dmq_send_message",
        description,
        params: channelParams,
        querystring: sendQuery,
        body,
        response,
      },
    },
    async (request) => {
      const { channel } = request.params;
      const { deadline_ms: deadlineMs, target } = request.query;
      refuseOwn(node, channel);
      const { body: content, contentType } = messageContent(request.body, request.headers['content-type']);
      return {
        deliveries: [shownDelivery(await node.sendMessage(channel, target, content, { contentType, deadlineMs }))],
      };
    },
  );
}

/** A node list that can't be read makes a Kamailio hang. */
function refuseOwn(node: ChannelParts, name: string): void {
  if (!node.channels().some((channel) => channel.role === 'own' && channel.name === name)) return;
  throw new HttpProblem({
    status: 409,
    code: 'CHANNEL_OWN',
    title: "That channel is the node's own",
    detail: `on channel "${name}" the nodes of the bus speak with one another: choose another one`,
  });
}

function notAUri(text: string): HttpProblem {
  return new HttpProblem({
    status: 400,
    code: 'TARGET_NOT_A_URI',
    title: 'That is not the URI of a node',
    detail: `"${text}" is not the SIP URI of a node: write it as sip:10.0.0.1:5060`,
  });
}
