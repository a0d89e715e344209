const count = { type: 'integer', minimum: 0 } as const;

export const queueSchema = {
  $id: 'Queue',
  type: 'object',
  description: 'A queue: how it stands, and what happened in it since the start.',
  required: [
    'name',
    'state',
    'definition',
    'durability',
    'leaseMs',
    'size',
    'delayed',
    'leased',
    'bytes',
    'waiting',
    'counts',
  ],
  properties: {
    name: { type: 'string' },
    state: {
      type: 'string',
      enum: ['loading', 'ready', 'failed', 'fenced', 'stopped'],
      description: '`failed`: it can not be read, and that is tried again; `fenced`: another process has claimed it.',
    },
    why: { type: 'string', description: 'For people; missing when all is well.' },
    definition: { type: 'string', description: 'As in the setting mqueue: `name=calls;durability=always`.' },
    durability: { type: 'string', enum: ['none', 'stop', 'always'] },
    leaseMs: { ...count, description: '0: what is fetched has left the queue.' },
    size: { ...count, description: 'Items that can be fetched.' },
    delayed: { ...count, description: 'Items that can be fetched later.' },
    leased: {
      ...count,
      description:
        'Items that are lent and not acknowledged, and dead letters for which the dead-letter queue has no room.',
    },
    bytes: { ...count, description: 'Of all items.' },
    oldestMs: {
      type: 'number',
      description: 'Age of the oldest item that can be fetched; missing when there is none.',
    },
    waiting: { ...count, description: 'Fetches that wait for an item.' },
    counts: {
      type: 'object',
      required: [
        'added',
        'replaced',
        'kept',
        'fetched',
        'acked',
        'nacked',
        'redelivered',
        'dropped',
        'expired',
        'deadLettered',
        'refused',
      ],
      properties: {
        added: count,
        replaced: count,
        kept: count,
        fetched: count,
        acked: count,
        nacked: count,
        redelivered: count,
        dropped: {
          type: 'object',
          required: ['size', 'bytes', 'total_bytes'],
          properties: { size: count, bytes: count, total_bytes: count },
          description: 'Oldest items that made room, by the limit that was hit.',
        },
        expired: count,
        deadLettered: count,
        refused: count,
      },
    },
  },
} as const;

export const queueListSchema = {
  type: 'object',
  required: ['queues'],
  properties: { queues: { type: 'array', items: { $ref: 'Queue#' } } },
} as const;

export const queueParams = {
  type: 'object',
  required: ['queue'],
  properties: {
    queue: {
      type: 'string',
      pattern: '^[A-Za-z0-9_.-]{1,64}$',
      description: '1 to 64 letters, digits and _ . -: the name of the queue.',
    },
  },
} as const;

export const removedSchema = { type: 'object', required: ['removed'], properties: { removed: count } } as const;
