import fastify, { type FastifyInstance } from 'fastify';
import type { Counters, Log } from '../../../ports/telemetry.ts';
import { type HealthParts, healthRoutes } from '../health/health-routes.ts';
import { answerOtherMethods, answerProblems, sendProblem } from './answer-problems.ts';
import { problemOf, programFailed } from './problem-of.ts';

/** What a client may take of this node. */
export interface HttpLimits {
  /** Bytes. */
  readonly maxBody: number;
  readonly maxConnections: number;
  readonly requestTimeoutMs: number;
}

export interface HttpParts extends HealthParts {
  readonly limits: HttpLimits;
  readonly log: Log;
  readonly counters: Counters;
}

/** A connection without a request. */
const keepAliveMs = 72_000;
/** How often it is looked for requests that take too long. */
const lookMs = 500;
const maxHeaderBytes = 16_384;
const maxHeaders = 100;

/** All that is served over HTTP, not yet listening. */
export function httpApp(parts: HttpParts): FastifyInstance {
  const { limits, log, counters } = parts;
  const app = fastify({
    bodyLimit: limits.maxBody,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    frameworkErrors(error, _request, reply) {
      counters.add('http_requests_unreadable', 'url');
      sendProblem(reply, problemOf(error) ?? programFailed());
    },
    routerOptions: { maxParamLength: 512 },
    http: { maxHeaderSize: maxHeaderBytes, connectionsCheckingInterval: lookMs },
    clientErrorHandler(error, socket) {
      counters.add('http_requests_unreadable', unreadable[error.code ?? ''] ?? 'malformed');
      const status = statusLines[error.code ?? ''] ?? '400 Bad Request';
      if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      else socket.destroy();
    },
  });
  app.server.maxConnections = limits.maxConnections;
  app.server.maxHeadersCount = maxHeaders;
  app.server.headersTimeout = limits.requestTimeoutMs;
  app.server.on('drop', () => counters.add('http_connections_refused', 'total'));
  app.addHook('onResponse', async (_request, reply) => {
    counters.add('http_requests', `${Math.floor(reply.statusCode / 100)}xx`);
  });
  answerProblems(app, log);
  const addRefusals = answerOtherMethods(app);
  healthRoutes(app, parts);
  addRefusals();
  return app;
}

const unreadable: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'timeout',
  HPE_HEADER_OVERFLOW: 'header',
  ECONNRESET: 'reset',
};

const statusLines: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};
