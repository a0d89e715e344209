import type { FastifyInstance } from 'fastify';
import type { FromSchema } from 'json-schema-to-ts';
import { isIpAddress } from '../../../core/ip-address.ts';
import { type NodeUri, parseNodeUri } from '../../../core/node-uri.ts';
import type { KdmqNode } from '../../../kdmq-node.ts';
import type { BoundedCalls } from '../rest/bounded-calls.ts';
import { invalid } from '../rest/invalid.ts';
import { problems } from '../rest/problem-schema.ts';
import { uri } from '../rest/uri-schema.ts';
import { JsonWriter } from './json-writer.ts';
import { PcapngWriter } from './pcapng-writer.ts';
import { TraceStream, type TraceStreamParts } from './trace-stream.ts';

export interface TraceParts extends TraceStreamParts {
  readonly node: Pick<KdmqNode, 'uri'>;
  readonly version: string;
  /** Each holds a buffer, and costs a copy of each message. */
  readonly followers: BoundedCalls;
}

const query = {
  type: 'object',
  additionalProperties: false,
  properties: {
    format: { type: 'string', enum: ['pcapng', 'json'], default: 'pcapng' },
    node: {
      ...uri,
      description:
        'Only what is exchanged with the node of that SIP URI, whose host is an IP address; without a port 5060 is meant.',
    },
    count: { type: 'integer', minimum: 1, maximum: 1_000_000_000, description: 'Ends after so many messages.' },
    for_s: { type: 'number', minimum: 0.1, maximum: 604_800, description: 'Ends after so many seconds.' },
  },
} as const;

/** `/trace`: the SIP messages of this node while they come and go. */
export function traceRoutes(app: FastifyInstance, { node, version, followers, ...parts }: TraceParts): void {
  const streams = new Set<TraceStream>();
  app.addHook('preClose', async () => {
    for (const stream of streams) stream.end();
  });

  app.get<{ Querystring: FromSchema<typeof query> }>(
    '/trace',
    {
      // It would never end.
      exposeHeadRoute: false,
      // Bodies are contents, of all channels.
      config: { need: 'write' },
      schema: {
        tags: ['node'],
        operationId: 'traceMessages',
        summary: 'The SIP messages that this node receives and sends, from now on',
        description:
          'As a capture for wireshark (pcapng), or as lines of JSON: one a message, and one with `seen` and `dropped` each 15 s. It takes the role write, because bodies are contents.',
        querystring: query,
        response: {
          200: {
            description: 'Messages, until it is ended',
            content: {
              'application/x-pcapng': { schema: { type: 'string', format: 'binary' } },
              'application/x-ndjson': { schema: { type: 'string' } },
            },
          },
          ...problems({ 503: 'Too many follow the trace already' }),
        },
      },
    },
    (request, reply) => {
      const { format, node: wanted, count, for_s } = request.query;
      const wish = {
        node: wanted === undefined ? undefined : readNode(wanted),
        count,
        forMs: for_s === undefined ? undefined : for_s * 1_000,
      };
      const end = followers.begin();
      reply.hijack();
      const writer = format === 'json' ? new JsonWriter() : new PcapngWriter(`kdmq/${version} ${node.uri}`);
      const stream = new TraceStream(reply.raw, writer, wish, parts);
      streams.add(stream);
      const closed = (): void => {
        stream.release();
        streams.delete(stream);
        end();
      };
      if (reply.raw.closed) closed();
      else reply.raw.once('close', closed);
    },
  );
}

function readNode(text: string): NodeUri {
  const node = parseNodeUri(text);
  if (node === undefined) throw invalid(`the query: "node" is "${text}"; a SIP URI is needed, as sip:10.0.0.2:5060`);
  // Sockets know addresses only: with a name nothing would ever be shown, and nobody told why.
  if (!isIpAddress(node.host)) {
    throw invalid(`the query: "node" is "${text}"; its host has to be an IP address, as sip:10.0.0.2:5060`);
  }
  return node;
}
