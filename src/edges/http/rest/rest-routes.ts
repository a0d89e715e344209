import type { FastifyInstance } from 'fastify';
import type { KdmqNode } from '../../../kdmq-node.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { LogLevels } from '../../../ports/log-levels.ts';
import type { MessageTrace } from '../../../ports/message-tap.ts';
import type { Random } from '../../../ports/random.ts';
import type { Counters } from '../../../ports/telemetry.ts';
import { mediaTypeUnknown } from '../server/problem-of.ts';
import { traceRoutes } from '../trace/trace-routes.ts';
import { type AboutParts, aboutRoutes } from './about-routes.ts';
import { addRoutes } from './add-routes.ts';
import { bindingRoutes } from './binding-routes.ts';
import { BoundedCalls } from './bounded-calls.ts';
import { channelRoutes } from './channel-routes.ts';
import { channelSchema, deliverySchema } from './channel-schemas.ts';
import { closeQueries } from './closed-queries.ts';
import { fetchRoutes } from './fetch-routes.ts';
import { itemSchema } from './item-schemas.ts';
import { logLevelRoutes } from './log-level-routes.ts';
import { nodeProblem } from './node-problem.ts';
import { nodeRoutes } from './node-routes.ts';
import { nodeSchema } from './node-schemas.ts';
import { peekRoutes } from './peek-routes.ts';
import { problemSchema } from './problem-schema.ts';
import { queueRoutes } from './queue-routes.ts';
import { queueSchema } from './queue-schemas.ts';
import { Receipts } from './receipts.ts';
import { describeInvalid, requestValidator } from './request-validator.ts';
import { Settlements } from './settlements.ts';
import { viewRoutes } from './view-routes.ts';
import { viewSchema } from './view-schemas.ts';

export interface RestParts extends Omit<AboutParts, 'node'> {
  readonly node: KdmqNode;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
  readonly levels: LogLevels;
  readonly trace: MessageTrace;
}

const restPrefix = '/api/v1';
/** Each is a connection and little more. */
const mostWaits = 1_000;
/** Each holds a list of all items of a queue. */
const mostExports = 2;
/** A large answer may take 24 MiB as JSON, until its client has read it. */
const mostAnswers = 8;
/** Each is a receipt and one word. */
const mostSettled = 10_000;
/** Each has a copy of each message written for it. */
const mostTraces = 4;

/** The REST API: nodes, channels, queues and what this node is. */
export function restRoutes(app: FastifyInstance, parts: RestParts): void {
  void app.register(async (api) => routes(api, parts), { prefix: restPrefix });
}

function routes(api: FastifyInstance, parts: RestParts): void {
  const { node, version, configuration, clock, random, counters, levels, trace } = parts;
  const { queues } = node;
  const receipts = new Receipts(clock, random);
  const settlements = new Settlements(receipts, clock, mostSettled);
  api.addHook('onClose', async () => {
    receipts.stop();
    settlements.stop();
  });
  api.setValidatorCompiler(requestValidator);
  // The handlers give what is to be answered; the schemas of answers are for readers.
  api.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  api.setSchemaErrorFormatter(describeInvalid);
  api.setErrorHandler((error) => {
    throw nodeProblem(error) ?? error;
  });
  api.addHook('onSend', async (_request, reply) => void reply.header('cache-control', 'no-store'));
  closeQueries(api);
  const shared = [problemSchema, nodeSchema, viewSchema, channelSchema, deliverySchema, queueSchema, itemSchema];
  for (const schema of shared) api.addSchema(schema);

  aboutRoutes(api, { node, version, configuration });
  logLevelRoutes(api, levels);
  traceRoutes(api, {
    node,
    version,
    trace,
    clock,
    counters,
    followers: new BoundedCalls(mostTraces, 'trace', counters),
  });
  nodeRoutes(api, node);
  bindingRoutes(api, node);
  viewRoutes(api, { node, clock });
  queueRoutes(api, { queues, exports: new BoundedCalls(mostExports, 'export', counters) });
  const answers = new BoundedCalls(mostAnswers, 'answer', counters);
  peekRoutes(api, { queues, answers });
  fetchRoutes(api, {
    node,
    receipts,
    settlements,
    waits: new BoundedCalls(mostWaits, 'wait', counters),
    answers,
  });
  void api.register(async (plain) => {
    takeBytes(plain);
    channelRoutes(plain, node);
    addRoutes(plain, queues);
  });
}

/**
 * Bodies other than JSON are bytes, whatever they call themselves. Only a form is refused: nobody means one, and curl calls JSON so when it is not
 * told otherwise, which would be stored or sent as if it were the value.
 */
function takeBytes(scope: FastifyInstance): void {
  scope.removeContentTypeParser('text/plain');
  scope.addContentTypeParser('application/x-www-form-urlencoded', (_request, _payload, done) =>
    done(mediaTypeUnknown()),
  );
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}
