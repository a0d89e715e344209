import { queueParams } from './queue-schemas.ts';

/** Bytes as JSON has them here and in the lines of an export. */
const bytes = {
  anyOf: [
    { type: 'string' },
    {
      type: 'object',
      additionalProperties: false,
      required: ['base64'],
      properties: { base64: { type: 'string', contentEncoding: 'base64' } },
    },
  ],
  description: 'A text, or `{"base64":"…"}` for bytes that are no UTF-8.',
} as const;

/** A year, as for the setting. */
const delay = { type: 'integer', minimum: 0, maximum: 31_536_000_000 } as const;
const delay_ms = {
  ...delay,
  description: "Milliseconds until it can be fetched; the queue's own delay when left out.",
} as const;

const newItem = {
  type: 'object',
  additionalProperties: false,
  required: ['key', 'value'],
  properties: { key: bytes, value: bytes, delayMs: delay_ms },
} as const;

export const newItemsBody = {
  anyOf: [newItem, { type: 'array', minItems: 1, maxItems: 1_000, items: newItem }],
} as const;

export const newItemQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    key: { type: 'string', description: 'The key, where the body is the value and no JSON; empty when left out.' },
    delay_ms: { ...delay_ms, description: `Likewise. ${delay_ms.description}` },
  },
} as const;

const added = {
  type: 'object',
  required: ['id', 'outcome'],
  properties: {
    id: { type: 'string', description: 'Of the item that is in the queue now.' },
    outcome: { type: 'string', enum: ['added', 'replaced', 'kept'] },
  },
} as const;

export const addedSchema = {
  type: 'object',
  required: ['items'],
  properties: { items: { type: 'array', items: added } },
} as const;

export const itemSchema = {
  $id: 'Item',
  type: 'object',
  required: ['id', 'partition', 'key', 'value', 'deliveries'],
  properties: {
    id: { type: 'string', description: 'Stays the same over redeliveries and restarts; unique in its partition.' },
    partition: { type: 'string' },
    key: bytes,
    value: bytes,
    addedAt: { type: 'string', format: 'date-time' },
    deliveries: { type: 'integer', description: 'How often it was lent, this time included.' },
    receipt: { type: 'string', description: 'Where it is lent: what acknowledges it or gives it back.' },
    leasedUntil: { type: 'string', format: 'date-time', description: 'When it goes back into the queue by itself.' },
  },
} as const;

export const itemsSchema = {
  type: 'object',
  required: ['items'],
  properties: { items: { type: 'array', items: { $ref: 'Item#' } } },
} as const;

export const pageSchema = {
  type: 'object',
  required: ['items'],
  properties: {
    items: { type: 'array', items: { $ref: 'Item#' } },
    next: { type: 'integer', description: '`after` of the next page; missing when this is the last one.' },
  },
} as const;

export const fetchQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    max: { type: 'integer', minimum: 1, maximum: 1_000, default: 1, description: 'Items at most.' },
    wait_ms: {
      type: 'integer',
      minimum: 0,
      maximum: 60_000,
      default: 0,
      description: 'How long to wait for the first one.',
    },
  },
} as const;

export const peekQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    after: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: '`next` of the page before.' },
    limit: { type: 'integer', minimum: 1, maximum: 1_000, default: 100, description: 'Items at most.' },
  },
} as const;

export const receiptParams = {
  type: 'object',
  required: ['queue', 'receipt'],
  properties: {
    ...queueParams.properties,
    receipt: {
      type: 'string',
      pattern: '^[a-z0-9]{24}$',
      description:
        '24 small letters and digits: the `receipt` that an item of a queue with `lease_ms` is fetched with.',
    },
  },
} as const;

export const nackQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    delay_ms: { ...delay, description: 'Milliseconds until it can be fetched again; at once when left out.' },
  },
} as const;
