import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Log } from '../../../ports/telemetry.ts';
import { type HttpProblem, problemType } from './http-problem.ts';
import { methodNotAllowed, notFound, problemOf, programFailed } from './problem-of.ts';

/** Makes every error a problem detail (RFC 9457). Mistakes in the program are logged and shown to nobody. */
export function answerProblems(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (problem === undefined) {
      log.error('http: a request failed', { method: request.method, route: request.routeOptions.url, error });
    }
    return sendProblem(reply, problem ?? programFailed());
  });
  app.setNotFoundHandler((request, reply) => sendProblem(reply, notFound(request.method, pathOf(request.url))));
}

/** The path alone: a query may hold what nobody else shall see. */
function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

/** Answers with a problem. */
export function sendProblem(reply: FastifyReply, { problem, headers }: HttpProblem): FastifyReply {
  return reply.code(problem.status).headers(headers).type(problemType).send(JSON.stringify(problem));
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY'] as const;
type Method = (typeof METHODS)[number];

/** Answers 405 with `Allow` where a path is known but not by that method. To be called before the routes are added. */
export function answerOtherMethods(app: FastifyInstance): () => void {
  const served = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = served.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    served.set(url, methods);
  });
  return () => {
    for (const [url, methods] of [...served]) {
      const allowed = METHODS.filter((method) => methods.has(method));
      const others = METHODS.filter((method) => !methods.has(method));
      if (others.length > 0) addRefusal(app, url, others, allowed);
    }
  };
}

function addRefusal(app: FastifyInstance, url: string, method: Method[], allowed: readonly string[]): void {
  app.route({
    url,
    method,
    config: { need: 'open' },
    onRequest: async (request) => {
      throw methodNotAllowed(request.method, allowed);
    },
    handler: async () => {},
  });
}
