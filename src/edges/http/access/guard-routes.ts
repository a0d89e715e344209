import { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AccessMode } from '../../../core/http/access-mode.ts';
import { type CertificateName, certificateNames, certificateRole } from '../../../core/http/certificate-names.ts';
import type { HttpRole, RouteNeed } from '../../../core/http/http-role.ts';
import { type AccessRefusal, judgeAccess } from '../../../core/http/judge-access.ts';
import { RateLimit } from '../../../core/http/rate-limit.ts';
import { RefusalLimit } from '../../../core/http/refusal-limit.ts';
import type { Counters } from '../../../ports/telemetry.ts';
import type { HttpProblem } from '../server/http-problem.ts';
import { accessProblem, tooManyRefusals, tooManyRequests } from './access-problem.ts';
import type { BearerTokens } from './bearer-tokens.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route asks of its client. Left out: `read` for GET and HEAD, else `write`. */
    need?: RouteNeed;
    /** As how many requests one counts; 1 when left out. */
    cost?: number;
  }
  interface FastifyRequest {
    /** What the client of this request may do; undefined on a route that is open to all. */
    role: HttpRole | undefined;
    /** Says, before anything of it is done, that it counts as so many requests. Throws an HttpProblem (429) when that is more than its client may make. */
    countAs(cost: number): void;
  }
}

export interface CertificateRoles {
  readonly role: HttpRole;
  readonly writers: readonly CertificateName[];
}

export interface AccessParts {
  readonly mode: AccessMode;
  readonly tokens: BearerTokens;
  /** The role of who connects with a trusted certificate, and whose have the role write; undefined where none is asked for. */
  readonly certificates: CertificateRoles | undefined;
  /** Refusals that a client gets in a minute before it is told to wait. */
  readonly refusalLimit: number;
  /** Requests that a client may make in a second; 0: as many as it likes. */
  readonly rateLimit: number;
  readonly now: () => number;
  readonly counters: Counters;
}

/** Looks at every request before its body is read: who sends it, and whether that is enough for its route. */
export function guardRoutes(app: FastifyInstance, parts: AccessParts): void {
  const limit = new RefusalLimit(parts.refusalLimit);
  // Apart, so that somebody can look while a program of the same address does as much as it may.
  const rates = { read: new RateLimit(parts.rateLimit), write: new RateLimit(parts.rateLimit) };
  const rateOf = ({ method }: FastifyRequest): RateLimit => (isReading(method) ? rates.read : rates.write);
  const roles = new WeakMap<TLSSocket, HttpRole>();
  const refuse = (request: FastifyRequest, refusal: AccessRefusal): HttpProblem => {
    parts.counters.add('http_requests_refused', refusal);
    const waitMs = limit.refuse(request.ip, parts.now());
    if (waitMs === 0) return accessProblem(refusal, parts.tokens.audience);
    parts.counters.add('http_requests_refused', 'too_many');
    return tooManyRefusals(waitMs);
  };
  const refuseAfter = (waitMs: number): void => {
    if (waitMs === 0) return;
    parts.counters.add('http_requests_refused', 'rate');
    throw tooManyRequests(waitMs);
  };
  const costOf = ({ routeOptions }: FastifyRequest): number => routeOptions.config?.cost ?? 1;
  app.decorateRequest('role', undefined);
  app.decorateRequest('countAs', function countAs(this: FastifyRequest, cost: number): void {
    refuseAfter(rateOf(this).takeMore(this.ip, parts.now(), costOf(this), cost));
  });
  app.addHook('onRequest', async (request) => {
    const { method, headers, routeOptions } = request;
    refuseAfter(rateOf(request).take(request.ip, parts.now(), costOf(request)));
    const need = routeOptions.config?.need ?? (isReading(method) ? 'read' : 'write');
    const certificate = certificateOf(request, parts.certificates, roles);
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

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Looked up once a connection. */
function certificateOf(
  { raw }: FastifyRequest,
  certificates: CertificateRoles | undefined,
  known: WeakMap<TLSSocket, HttpRole>,
): HttpRole | 'missing' | undefined {
  if (certificates === undefined) return undefined;
  const { socket } = raw;
  if (!(socket instanceof TLSSocket && socket.authorized)) return 'missing';
  const role = known.get(socket) ?? roleOf(socket, certificates);
  known.set(socket, role);
  return role;
}

function roleOf(socket: TLSSocket, { role, writers }: CertificateRoles): HttpRole {
  const { subject, subjectaltname } = socket.getPeerCertificate();
  return certificateRole(certificateNames(subject?.CN, subjectaltname), writers, role);
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join() : header;
}
