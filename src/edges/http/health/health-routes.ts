import type { FastifyInstance, FastifyReply } from 'fastify';
import type { HealthCheck, Readiness } from '../../../core/readiness.ts';

export interface HealthParts {
  readonly readiness: () => Readiness;
}

/** `/livez`: the process answers. `/readyz`: the node takes part in the bus. As those of Kubernetes, with `?verbose`. */
export function healthRoutes(app: FastifyInstance, { readiness }: HealthParts): void {
  app.get('/livez', open, (_request, reply) => text(reply, 200, 'ok'));
  app.get<{ Querystring: { readonly verbose?: string } }>('/readyz', open, (request, reply) => {
    const { ready, checks } = readiness();
    if (ready && request.query.verbose === undefined) return text(reply, 200, 'ok');
    const lines = [...checks.map(line), `readyz check ${ready ? 'passed' : 'failed'}`];
    return text(reply, ready ? 200 : 503, `${lines.join('\n')}\n`);
  });
}

const open = { config: { need: 'open', cost: 0 } } as const;

const marks = { ok: '[+]', failed: '[-]', note: '[i]' } as const;

function line({ name, result, detail }: HealthCheck): string {
  return `${marks[result]}${name} ${result === 'ok' ? 'ok' : detail}`;
}

function text(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply.code(status).header('cache-control', 'no-store').type('text/plain; charset=utf-8').send(body);
}
