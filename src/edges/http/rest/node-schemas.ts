import { uri } from './uri-schema.ts';

const status = {
  type: 'string',
  enum: ['active', 'not_active', 'disabled'],
  description: "Kamailio's words.",
} as const;

export const nodeSchema = {
  $id: 'Node',
  type: 'object',
  description: 'A node of the bus, as this node knows it.',
  required: ['uri', 'host', 'port', 'transport', 'status', 'local', 'kind', 'software', 'suspected', 'failCount'],
  properties: {
    uri: { ...uri, description: '`;transport=` stands where it is not UDP.' },
    host: { type: 'string' },
    port: { type: 'integer' },
    transport: { type: 'string', enum: ['udp', 'tcp', 'tls'] },
    status,
    local: { type: 'boolean', description: 'It is the node that answers.' },
    kind: { type: 'string', enum: ['kdmq', 'kamailio', 'other', 'unknown'] },
    software: { type: 'string', description: 'Its User-Agent; empty when it is not known.' },
    suspected: { type: 'boolean', description: 'Probes go unanswered: still active, but doubted.' },
    seenAgoMs: { type: 'number', description: 'Milliseconds since it last answered; missing when it never did.' },
    roundTripMs: { type: 'number', description: 'The round trip then.' },
    failCount: { type: 'integer', description: 'Probes in a row that went unanswered.' },
  },
} as const;

export const nodeListSchema = {
  type: 'object',
  required: ['nodes'],
  properties: { nodes: { type: 'array', items: { $ref: 'Node#' } } },
} as const;

export const nodeParams = {
  type: 'object',
  required: ['uri'],
  properties: { uri: { ...uri, description: 'The URI of the node, percent-encoded.' } },
} as const;

export const newNodeBody = {
  type: 'object',
  additionalProperties: false,
  required: ['uri'],
  properties: { uri: { ...uri, description: 'With an IP address.' } },
} as const;

export const nodeStatusBody = {
  type: 'object',
  additionalProperties: false,
  required: ['status'],
  properties: { status },
} as const;
