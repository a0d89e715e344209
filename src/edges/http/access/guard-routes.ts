import { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AccessMode } from '../../../core/http/access-mode.ts';
import type { HttpRole, RouteNeed } from '../../../core/http/http-role.ts';
import { type AccessRefusal, judgeAccess } from '../../../core/http/judge-access.ts';
import { RefusalLimit } from '../../../core/http/refusal-limit.ts';
import type { Counters } from '../../../ports/telemetry.ts';
import type { HttpProblem } from '../server/http-problem.ts';
import { accessProblem, tooManyRefusals } from './access-problem.ts';
import type { BearerTokens } from './bearer-tokens.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route asks of its client. Left out: `read` for GET and HEAD, else `write`. */
    need?: RouteNeed;
  }
  interface FastifyRequest {
    /** What the client of this request may do; undefined on a route that is open to all. */
    role: HttpRole | undefined;
  }
}

export interface AccessParts {
  readonly mode: AccessMode;
  readonly tokens: BearerTokens;
  /** The role of who connects with a trusted certificate; undefined where none is asked for. */
  readonly certificateRole: HttpRole | undefined;
  /** Refusals that a client gets in a minute before it is told to wait. */
  readonly refusalLimit: number;
  readonly now: () => number;
  readonly counters: Counters;
}

/** Looks at every request before its body is read: who sends it, and whether that is enough for its route. */
export function guardRoutes(app: FastifyInstance, parts: AccessParts): void {
  const limit = new RefusalLimit(parts.refusalLimit);
  const refuse = (request: FastifyRequest, refusal: AccessRefusal): HttpProblem => {
    parts.counters.add('http_requests_refused', refusal);
    const waitMs = limit.refuse(request.ip, parts.now());
    if (waitMs === 0) return accessProblem(refusal, parts.tokens.audience);
    parts.counters.add('http_requests_refused', 'too_many');
    return tooManyRefusals(waitMs);
  };
  app.decorateRequest('role', undefined);
  app.addHook('onRequest', async (request) => {
    const { method, headers, routeOptions } = request;
    const need = routeOptions.config?.need ?? (method === 'GET' || method === 'HEAD' ? 'read' : 'write');
    const certificate = certificateOf(request, parts.certificateRole);
    // Without the certificate that is asked for, a token counts for nothing: nobody has to be asked about it.
    const isLooked = need !== 'open' && certificate !== 'missing';
    const mayReview = !limit.isExceeded(request.ip, parts.now());
    const verdict = judgeAccess(parts.mode, need, {
      token: isLooked ? await parts.tokens.roleOf(headers.authorization, mayReview) : undefined,
      certificate,
      headers: {
        method,
        host: headers.host,
        origin: headers.origin,
        site: one(headers['sec-fetch-site']),
        mode: one(headers['sec-fetch-mode']),
        dest: one(headers['sec-fetch-dest']),
      },
    });
    if ('refusal' in verdict) throw refuse(request, verdict.refusal);
    request.role = verdict.role;
  });
}

function certificateOf({ raw }: FastifyRequest, role: HttpRole | undefined): HttpRole | 'missing' | undefined {
  if (role === undefined) return undefined;
  return raw.socket instanceof TLSSocket && raw.socket.authorized ? role : 'missing';
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join() : header;
}
