import { HttpProblem } from './http-problem.ts';

/** Codes of fastify and what they mean here. */
const KNOWN: Readonly<Record<string, { readonly code: string; readonly title: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'BODY_TOO_LONG', title: 'The body is longer than http_max_body' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'BODY_UNREADABLE', title: 'The body can not be read' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'BODY_UNREADABLE', title: 'The body can not be read' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { code: 'BODY_UNREADABLE', title: 'The body can not be read' },
  FST_ERR_VALIDATION: { code: 'REQUEST_INVALID', title: 'The request is not as it has to be' },
  FST_ERR_BAD_URL: { code: 'URL_UNREADABLE', title: 'The URL can not be read' },
};

/** The problem that an error of a handler or of fastify itself is answered with; undefined for a mistake in the program. */
export function problemOf(error: unknown): HttpProblem | undefined {
  if (error instanceof HttpProblem) return error;
  if (!(error instanceof Error)) return undefined;
  const { statusCode: status, code } = error as { statusCode?: unknown; code?: unknown };
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined;
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return mediaTypeUnknown();
  const known = KNOWN[String(code)] ?? { code: 'REQUEST_REFUSED', title: 'The request can not be carried out' };
  return new HttpProblem({ status, ...known, detail: error.message });
}

/** Most often it is curl that has named the type: its user gave a body and no header. */
export function mediaTypeUnknown(): HttpProblem {
  return new HttpProblem({
    status: 415,
    code: 'MEDIA_TYPE_UNKNOWN',
    title: 'That media type is not taken here',
    detail:
      'the header Content-Type names a type that is not taken here; JSON needs Content-Type: application/json (curl -d without -H says application/x-www-form-urlencoded)',
  });
}

export function notFound(method: string, url: string): HttpProblem {
  const detail = `there is nothing at ${method} ${url}`;
  return new HttpProblem({ status: 404, code: 'NOT_FOUND', title: 'There is nothing here', detail });
}

export function methodNotAllowed(method: string, allowed: readonly string[]): HttpProblem {
  const allow = allowed.join(', ');
  return new HttpProblem({
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
    title: 'That method is not served here',
    detail: `${method} is not served here; ${allow} is`,
    headers: { allow },
  });
}

/** What people see of a mistake in the program; the rest is in the log. */
export function programFailed(): HttpProblem {
  return new HttpProblem({
    status: 500,
    code: 'PROGRAM_FAILED',
    title: 'An error in the program',
    detail: 'the request could not be carried out; the log of the node has the error',
  });
}
