import { uri } from './uri-schema.ts';

/** RFC 3261 25.1 `user` without escapes, as a peer's name may be. */
const channel = {
  type: 'string',
  pattern: "^[A-Za-z0-9\\-_.!~*'()&=+$,;?/]{1,64}$",
  description:
    "1 to 64 letters, digits and - _ . ! ~ * ' ( ) & = + $ , ; ? /: the channel, which is the user part of the request URI.",
} as const;

/** Printable ASCII: it becomes a header. */
export const CONTENT_TYPE = /^[!-~](?:[ -~]{0,198}[!-~])?$/;

const outcomes = {
  type: 'object',
  description: 'Messages by outcome: a class of replies, or why there was none.',
  additionalProperties: { type: 'integer' },
} as const;

export const channelSchema = {
  $id: 'Channel',
  type: 'object',
  required: ['name', 'role'],
  properties: {
    name: { type: 'string' },
    role: {
      type: 'string',
      enum: ['peer', 'own', 'sent'],
      description: '`peer`: a program here answers it; `own`: the node itself does; `sent`: messages were sent on it.',
    },
    description: { type: 'string' },
    counts: { type: 'object', required: ['received', 'sent'], properties: { received: outcomes, sent: outcomes } },
  },
} as const;

export const channelListSchema = {
  type: 'object',
  required: ['channels'],
  properties: { channels: { type: 'array', items: { $ref: 'Channel#' } } },
} as const;

export const deliverySchema = {
  $id: 'Delivery',
  type: 'object',
  description: 'What came of a message to one node.',
  required: ['node', 'code', 'reason', 'roundTripMs'],
  properties: {
    node: { type: 'string' },
    code: { type: 'integer', description: "The reply's code; 408 without a reply." },
    reason: { type: 'string' },
    roundTripMs: { type: 'number' },
    retryAfter: {
      type: 'integer',
      description: "Seconds after which the node may be asked again: the reply's Retry-After.",
    },
    contentType: { type: 'string' },
    body: { type: 'string', description: "The reply's body, where it is UTF-8." },
    bodyBase64: { type: 'string', description: "The reply's body, where it is not." },
    error: {
      type: 'string',
      enum: ['timeout', 'unreachable', 'overflow', 'too_large', 'untrusted', 'stopped'],
      description: 'Why there was no reply.',
    },
  },
} as const;

export const deliveriesSchema = {
  type: 'object',
  required: ['deliveries'],
  properties: { deliveries: { type: 'array', items: { $ref: 'Delivery#' } } },
} as const;

export const channelParams = { type: 'object', required: ['channel'], properties: { channel } } as const;

const deadline_ms = {
  type: 'integer',
  minimum: 1,
  maximum: 60_000,
  default: 32_000,
  description: 'How long a node may take.',
} as const;

export const broadcastQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    deadline_ms,
    except: { ...uri, description: 'The URI of a node that does not get it.' },
  },
} as const;

export const sendQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['target'],
  properties: {
    deadline_ms,
    target: { ...uri, description: 'The URI of the node, in the list or not.' },
  },
} as const;

export const messageBody = {
  type: 'object',
  additionalProperties: false,
  properties: {
    body: { type: 'string' },
    bodyBase64: { type: 'string', contentEncoding: 'base64' },
    contentType: {
      type: 'string',
      pattern: CONTENT_TYPE.source,
      default: 'text/plain',
      description: '1 to 200 printable ASCII characters without a blank at the ends: the header of that name.',
    },
  },
} as const;
