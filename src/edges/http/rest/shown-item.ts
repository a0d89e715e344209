import { writeBase64 } from '../../../core/base64.ts';
import type { QueueItem } from '../../../kdmq-node.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** An item as the API answers it. */
export function shownItem({ id, partition, key, value, addedAt, deliveries }: QueueItem) {
  return { id, partition, key: shownBytes(key), value: shownBytes(value), addedAt: shownTime(addedAt), deliveries };
}

/** Milliseconds of the wall clock as RFC 3339 has them. Undefined for what no calendar has. */
export function shownTime(ms: number): string | undefined {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function shownBytes(bytes: Uint8Array): string | { readonly base64: string } {
  try {
    return decoder.decode(bytes);
  } catch {
    return { base64: writeBase64(bytes) };
  }
}
