/** RFC 9457, as every error of the API is answered. */
export const problemSchema = {
  $id: 'Problem',
  type: 'object',
  description: 'What is wrong (RFC 9457).',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string', description: '`urn:kdmq:problem:` and the code in small letters.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What was wrong this time, for people.' },
    code: { type: 'string', description: 'Stable, for programs.' },
  },
} as const;

/** The responses of a route for errors: the status, and when it comes. */
export function problems<const Statuses extends Readonly<Record<number, string>>>(statuses: Statuses) {
  const entries = Object.entries({ ...everywhere, ...statuses }).map(([status, description]) => [
    status,
    { description, content: problemContent },
  ]);
  return Object.fromEntries(entries) as Record<number, object>;
}

const everywhere = {
  400: 'The request is not as it has to be',
  401: 'A token or a client certificate is needed',
  403: 'That takes the role write, or nothing says who may',
} as const;

const problemContent = { 'application/problem+json': { schema: { $ref: 'Problem#' } } };
