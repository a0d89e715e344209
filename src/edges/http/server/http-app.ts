import fastify, { type FastifyInstance } from 'fastify';
import type { Counters, Log } from '../../../ports/telemetry.ts';
import type { Tracing } from '../../../ports/tracing.ts';
import { type AccessParts, guardRoutes } from '../access/guard-routes.ts';
import { type HealthParts, healthRoutes } from '../health/health-routes.ts';
import { type MetricsParts, metricsRoutes } from '../metrics/metrics-routes.ts';
import { answerOtherMethods, answerProblems, sendProblem } from './answer-problems.ts';
import { type HttpLimits, type HttpTls, makeServer, maxHeaderBytes, unreadable } from './make-server.ts';
import { problemOf, programFailed } from './problem-of.ts';
import { traceRequests } from './trace-requests.ts';

export interface HttpParts extends HealthParts, MetricsParts {
  readonly access: Omit<AccessParts, 'counters'>;
  readonly limits: HttpLimits;
  readonly tls: HttpTls;
  readonly log: Log;
  readonly counters: Counters;
  readonly tracing: Tracing;
  /** Adds what is served beside the health of the node. */
  readonly routes: (app: FastifyInstance) => void;
}

/** All that is served over HTTP, not yet listening. */
export function httpApp(parts: HttpParts): FastifyInstance {
  const { access, limits, log, counters, tracing } = parts;
  const app = fastify({
    bodyLimit: limits.maxBody,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // What is too long is refused by the route's schema, which names it. The longest URL that Node reads is shorter.
    routerOptions: { maxParamLength: maxHeaderBytes },
    serverFactory: (listener) => makeServer(listener, parts),
    frameworkErrors(error, _request, reply) {
      counters.add('http_requests_unreadable', 'url');
      sendProblem(reply, problemOf(error) ?? programFailed());
    },
    clientErrorHandler(error, socket) {
      const { reason, reply } = unreadable(error.code);
      counters.add('http_requests_unreadable', reason);
      if (socket.writable) socket.end(reply);
      else socket.destroy();
    },
  });
  app.addHook('onResponse', async (_request, reply) => {
    counters.add('http_requests', `${Math.floor(reply.statusCode / 100)}xx`);
  });
  answerProblems(app, log);
  traceRequests(app, tracing);
  guardRoutes(app, { ...access, counters });
  const addRefusals = answerOtherMethods(app);
  healthRoutes(app, parts);
  metricsRoutes(app, parts);
  parts.routes(app);
  app.after(addRefusals);
  return app;
}
