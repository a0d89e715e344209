export const versionSchema = {
  type: 'object',
  required: ['name', 'version', 'runtime'],
  properties: {
    name: { type: 'string', const: 'kdmq' },
    version: { type: 'string' },
    runtime: { type: 'string', description: 'The Node.js that runs it.' },
  },
} as const;

export const configurationSchema = {
  type: 'object',
  description: 'As `kdmq config --output json` prints it: by the name of the setting.',
  additionalProperties: {
    type: 'object',
    required: ['value', 'source'],
    properties: {
      value: { description: '`null` where it has none, `(hidden)` where it is secret.' },
      source: { type: 'string', description: 'Where it comes from.' },
    },
  },
} as const;

const count = { type: 'integer', minimum: 0 } as const;

export const countersSchema = {
  type: 'object',
  required: ['counters'],
  properties: {
    counters: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'value'],
        properties: {
          name: { type: 'string', description: 'As in docs/metrics.md.' },
          reason: { type: 'string', description: 'Missing for a counter without reasons.' },
          value: count,
        },
      },
    },
  },
} as const;

export const statusSchema = {
  type: 'object',
  required: [
    'uri',
    'instance',
    'version',
    'uptimeMs',
    'joined',
    'stopping',
    'ready',
    'checks',
    'nodes',
    'kubernetes',
    'queues',
    'store',
    'role',
  ],
  properties: {
    uri: { type: 'string' },
    instance: { type: 'string', description: 'Names this life of the node.' },
    version: { type: 'string' },
    uptimeMs: { type: 'number' },
    joined: { type: 'boolean', description: 'The first search is over.' },
    stopping: { type: 'boolean' },
    ready: { type: 'boolean', description: 'As `/readyz`.' },
    checks: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'result', 'detail'],
        properties: {
          name: { type: 'string' },
          result: { type: 'string', enum: ['ok', 'failed', 'note'] },
          detail: { type: 'string' },
        },
      },
    },
    nodes: {
      type: 'object',
      description: 'How many nodes have which status, this one included.',
      required: ['active', 'not_active', 'disabled'],
      properties: { active: count, not_active: count, disabled: count },
    },
    kubernetes: {
      type: 'object',
      description: 'How this node stands with the Kubernetes API.',
      required: ['state', 'detail', 'leader', 'holder'],
      properties: {
        state: { type: 'string' },
        detail: { type: 'string' },
        leader: { type: 'boolean', description: 'This node writes the status of all.' },
        holder: { type: 'string', description: 'Who leads; empty when nobody does.' },
      },
    },
    role: { type: 'string', enum: ['read', 'write'], description: 'What the one who asks may do here.' },
    store: { type: 'string', description: 'Where stored queues are.' },
    queues: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'state'],
        properties: { name: { type: 'string' }, state: { type: 'string' }, why: { type: 'string' } },
      },
    },
  },
} as const;
