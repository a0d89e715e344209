import type { FastifyInstance } from 'fastify';
import { invalid } from '../rest/invalid.ts';
import { problemSchema, problems } from '../rest/problem-schema.ts';
import { describeInvalid, requestValidator } from '../rest/request-validator.ts';
import { HttpProblem } from '../server/http-problem.ts';
import { EventFeed, type EventFeedParts } from './event-feed.ts';
import { EVENT_TYPES, type EventType } from './event-ring.ts';
import { EventStream } from './event-stream.ts';

const mostClients = 100;

const query = {
  type: 'object',
  additionalProperties: false,
  properties: {
    types: { type: 'string', description: `Of ${EVENT_TYPES.join(', ')}, separated by commas; all when left out.` },
  },
} as const;

/** `/events`: what happens in the node, as server-sent events. */
export function eventRoutes(app: FastifyInstance, parts: EventFeedParts): void {
  // As a plugin, so that what was registered before it sees the route.
  void app.register(async (scope) => routes(scope, parts));
}

function routes(app: FastifyInstance, parts: EventFeedParts): void {
  const { clock, counters } = parts;
  app.addSchema(problemSchema);
  const feed = new EventFeed(parts);
  const streams = new Set<EventStream>();
  app.addHook('preClose', async () => {
    feed.stop();
    for (const stream of streams) stream.end();
  });

  app.get<{ Querystring: { readonly types?: string } }>(
    '/events',
    {
      // It would never end.
      exposeHeadRoute: false,
      validatorCompiler: requestValidator,
      schemaErrorFormatter: describeInvalid,
      schema: {
        tags: ['events'],
        operationId: 'listenToEvents',
        summary: 'What happens in the node, as server-sent events',
        querystring: query,
        response: {
          200: { description: 'Events without end', content: { 'text/event-stream': { schema: { type: 'string' } } } },
          ...problems({ 503: 'Too many listen already' }),
        },
      },
    },
    (request, reply) => {
      const wanted = readTypes(request.query.types);
      if (streams.size >= mostClients) {
        counters.add('http_calls_refused', 'events');
        throw tooManyClients();
      }
      const lastId = request.headers['last-event-id'];
      reply.hijack();
      const stream = new EventStream(reply.raw, clock, () => counters.add('http_events_clients_cut'));
      streams.add(stream);
      if (lastId !== undefined) {
        const { events, gap } = feed.after(String(lastId));
        stream.sendMissed({ events: events.filter(({ type }) => wanted.has(type)), gap });
      }
      const end = feed.listen((event) => {
        if (wanted.has(event.type)) stream.send(event);
      });
      stream.sendPlace(feed.lastId);
      reply.raw.once('close', () => {
        end();
        streams.delete(stream);
      });
    },
  );
}

function readTypes(text: string | undefined): ReadonlySet<EventType> {
  if (text === undefined) return new Set(EVENT_TYPES);
  const types = text.split(',').map((name) => {
    const type = EVENT_TYPES.find((known) => known === name.trim());
    if (type === undefined) throw invalid(`the query: "types" has "${name}"; there are ${EVENT_TYPES.join(', ')}`);
    return type;
  });
  return new Set(types);
}

function tooManyClients(): HttpProblem {
  return new HttpProblem({
    status: 503,
    code: 'TOO_MANY_LISTENERS',
    title: 'Too many listen already',
    detail: `this node tells its events to ${mostClients} clients at the same time: come again`,
    headers: { 'retry-after': '5' },
  });
}
