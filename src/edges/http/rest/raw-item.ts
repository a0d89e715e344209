import type { FastifyReply } from 'fastify';
import { acceptedQuality } from '../../../core/http/accepted-quality.ts';
import { percentEncoded } from '../../../core/http/percent-encoded.ts';
import type { FetchedItem } from '../../../kdmq-node.ts';
import { shownTime } from './shown-item.ts';

/** The media type of a value that is answered as it is. */
export const rawType = 'application/octet-stream';
/** Clients and proxies take only so much in headers. */
const longestKey = 2_048;

/** What stands beside a value that is answered as it is. */
export const rawHeaders = {
  'kdmq-item-id': { type: 'string', description: 'As `id` in JSON.' },
  'kdmq-partition': { type: 'string', description: 'Percent-encoded.' },
  'kdmq-key': {
    type: 'string',
    description: `Percent-encoded, byte for byte. Left out where that is longer than ${longestKey} characters.`,
  },
  'kdmq-added-at': { type: 'string', format: 'date-time' },
  'kdmq-deliveries': { type: 'integer', description: 'How often it was lent, this time included.' },
  'kdmq-receipt': { type: 'string', description: 'Where it is lent: what acknowledges it or gives it back.' },
  'kdmq-leased-until': { type: 'string', format: 'date-time', description: 'When it goes back by itself.' },
} as const;

/** Whether a client would rather have one value as it is than JSON. Who does not say gets JSON. */
export function wantsRaw(accept: string | undefined): boolean {
  return accept !== undefined && acceptedQuality(accept, rawType) > acceptedQuality(accept, 'application/json');
}

/** Answers with the value of an item, and with the rest of it in headers; without an item, with nothing. */
export function sendRaw(reply: FastifyReply, item: FetchedItem | undefined, receipt: string | undefined): FastifyReply {
  if (item === undefined) return reply.code(204).send();
  const { id, partition, key, value, addedAt, deliveries, leasedUntil } = item;
  const written = key.length > longestKey ? undefined : percentEncoded(key);
  const fields: Record<keyof typeof rawHeaders, string | undefined> = {
    'kdmq-item-id': id,
    'kdmq-partition': percentEncoded(Buffer.from(partition)),
    'kdmq-key': written !== undefined && written.length <= longestKey ? written : undefined,
    'kdmq-added-at': shownTime(addedAt),
    'kdmq-deliveries': String(deliveries),
    'kdmq-receipt': receipt,
    'kdmq-leased-until': leasedUntil === undefined ? undefined : shownTime(leasedUntil),
  };
  for (const [name, field] of Object.entries(fields)) if (field !== undefined) reply.header(name, field);
  return reply.header('x-content-type-options', 'nosniff').type(rawType).send(Buffer.from(value));
}
