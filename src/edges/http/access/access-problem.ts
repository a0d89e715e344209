import type { AccessRefusal } from '../../../core/http/judge-access.ts';
import { HttpProblem, type ProblemParts } from '../server/http-problem.ts';

const bearer = 'Bearer realm="kdmq"';

const REFUSALS: Readonly<Record<AccessRefusal, ProblemParts>> = {
  unset: {
    status: 403,
    code: 'ACCESS_NOT_SET',
    title: 'Nothing says who may use this',
    detail:
      'others can connect to this address, and nothing says who may: set http_write_token_file and http_read_token_file (or http_tls_client_ca), or http_access: open',
  },
  host: {
    status: 403,
    code: 'HOST_NOT_LOCAL',
    title: 'The Host header is no name of this machine',
    detail:
      'without tokens this address serves its own machine only, as localhost, 127.0.0.1 or [::1]: connect by one of those, or set http_write_token_file and http_read_token_file',
  },
  cross_site: {
    status: 403,
    code: 'CROSS_SITE',
    title: 'A browser sends this for another site',
    detail: 'what a browser sends for a page of another site is refused unless it carries a bearer token',
  },
  no_token: {
    status: 401,
    code: 'TOKEN_MISSING',
    title: 'A token is needed',
    detail: 'send Authorization: Bearer and a token of http_read_token_file or http_write_token_file',
    headers: { 'www-authenticate': bearer },
  },
  wrong_token: {
    status: 401,
    code: 'TOKEN_WRONG',
    title: 'The token is not known',
    detail: 'the Authorization header holds no bearer token that this node knows',
    headers: { 'www-authenticate': `${bearer}, error="invalid_token"` },
  },
  unnamed_token: {
    status: 403,
    code: 'TOKEN_WITHOUT_ROLE',
    title: 'The owner of the token has no role',
    detail:
      'the Kubernetes API knows whose token this is, and neither http_token_review_write nor http_token_review_read names that user or a group of it',
  },
  no_certificate: {
    status: 401,
    code: 'CERTIFICATE_MISSING',
    title: 'A trusted client certificate is needed',
    detail:
      'connect with a certificate that an authority of http_tls_client_ca has signed and that is valid; none was shown, or it is not such a one',
    headers: { 'www-authenticate': bearer },
  },
  role: {
    status: 403,
    code: 'ROLE_NOT_ENOUGH',
    title: 'That takes the role write',
    detail:
      'what changes something, and a SIP trace, take the role write: a token of http_write_token_file or http_token_review_write, or a certificate that http_tls_client_write names',
  },
};

/**
 * What a refused client is told.
 * @param audience for which tokens of Kubernetes are taken, undefined where none are. It is no secret: each such token holds it, and it opens nothing.
 */
export function accessProblem(refusal: AccessRefusal, audience: string | undefined): HttpProblem {
  const parts = REFUSALS[refusal];
  if (audience === undefined || (refusal !== 'no_token' && refusal !== 'wrong_token')) return new HttpProblem(parts);
  const create = `kubectl create token NAME --audience ${audience}`;
  if (refusal === 'no_token') return new HttpProblem({ ...parts, detail: `${parts.detail}, or one of ${create}` });
  const wanted = `a token of Kubernetes has to be made for the audience ${audience}`;
  return new HttpProblem({
    ...parts,
    detail: `${parts.detail}; ${wanted}: ${create}`,
    headers: {
      'www-authenticate': `${bearer}, error="invalid_token", error_description="${wanted.replaceAll(/["\\]/g, '\\$&')}"`,
    },
  });
}

/** What is said when nobody can say whose a token is. It is no refusal: the same token may do once the API answers. */
export function reviewUnavailable(retryAfterSeconds: number): HttpProblem {
  return new HttpProblem({
    status: 503,
    code: 'TOKEN_REVIEW_UNAVAILABLE',
    title: 'Nobody can say whose token this is',
    detail:
      'this node does not know the token, and the Kubernetes API could not be asked whose it is; the log of the node says why. Tokens of http_read_token_file and http_write_token_file do without it',
    headers: { 'retry-after': String(retryAfterSeconds) },
  });
}

/** What a client is told that asks too much. */
export function tooManyRequests(waitMs: number): HttpProblem {
  return new HttpProblem({
    status: 429,
    code: 'TOO_MANY_REQUESTS',
    title: 'Too many requests',
    detail: 'this client makes more requests a second than http_rate_limit allows',
    headers: { 'retry-after': String(Math.ceil(waitMs / 1_000)) },
  });
}

/** What it is told when it has been refused too often. The connection ends with it. */
export function tooManyRefusals(waitMs: number): HttpProblem {
  const seconds = Math.ceil(waitMs / 1_000);
  return new HttpProblem({
    status: 429,
    code: 'TOO_MANY_REFUSALS',
    title: 'Refused too often',
    detail: `more than http_refusal_limit requests of this client were refused within a minute; wait ${seconds} s`,
    headers: { 'retry-after': String(seconds), connection: 'close' },
  });
}
