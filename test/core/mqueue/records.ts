import { formatItemId, itemId, writeItem } from '../../../src/core/mqueue/item-record.ts';
import type { QueueEntry } from '../../../src/core/mqueue/mqueue.ts';

interface ItemSettings {
  readonly key?: string;
  readonly value?: string;
  readonly epoch?: number;
  readonly addedAt?: number;
  readonly dueAt?: number;
}

/** A record with little to say. */
export function item(sequence: number, { key = '', value = '', epoch = 1, addedAt = 0, dueAt = 0 }: ItemSettings = {}) {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  return writeItem({ epoch, sequence, addedAt, dueAt, key: bytes(key), value: bytes(value) });
}

export function entry(sequence: number, settings?: ItemSettings): QueueEntry<string> {
  return { record: item(sequence, settings), mark: undefined };
}

/** The ids of entries, as people read them. */
export function ids(entries: Iterable<QueueEntry<unknown>>): string[] {
  return Array.from(entries, ({ record }) => formatItemId(itemId(record)));
}
