import type { FastifyInstance } from 'fastify';
import { problems } from './problem-schema.ts';

interface RouteSchema {
  readonly querystring?: unknown;
  readonly response?: Readonly<Record<string, unknown>>;
}

const noParameters = { type: 'object', additionalProperties: false, properties: {} } as const;

/**
 * A route that names no parameters refuses all of them: whoever writes one has something else in mind than what would happen. To be called before
 * the routes are added.
 */
export function closeQueries(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const { querystring = noParameters, response, ...schema } = (route.schema ?? {}) as RouteSchema;
    route.schema = { ...schema, querystring, response: { ...response, ...(response?.[400] ? {} : problems({})) } };
  });
}
