import { nodeSchema } from './node-schemas.ts';
import { uri } from './uri-schema.ts';

const { status, kind } = nodeSchema.properties;

export const viewSchema = {
  $id: 'View',
  type: 'object',
  description: 'Whom a node sees, as it says itself.',
  required: ['uri', 'kind', 'local', 'partial'],
  properties: {
    uri,
    kind,
    local: { type: 'boolean', description: 'It is the node that answers.' },
    nodes: {
      type: 'array',
      description:
        'Its list, itself included; missing when it said none. A Kamailio names only those that it holds active.',
      items: { type: 'object', required: ['uri', 'status'], properties: { uri, status } },
    },
    partial: {
      type: 'boolean',
      description:
        "Its list has no room for the whole bus (a Kamailio's has 1,024 bytes): who is missing in it need not be missing for it.",
    },
    roundTripMs: { type: 'number' },
    error: {
      type: 'string',
      enum: ['timeout', 'unreachable', 'overflow', 'too_large', 'untrusted', 'stopped', 'refused', 'not_asked'],
      description: 'Why it said none.',
    },
    code: { type: 'integer', description: 'Where it refused: the code of its reply.' },
  },
} as const;

export const viewListSchema = {
  type: 'object',
  required: ['askedAt', 'views'],
  properties: { askedAt: { type: 'string', format: 'date-time' }, views: { type: 'array', items: { $ref: 'View#' } } },
} as const;
