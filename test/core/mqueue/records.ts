import { formatItemId, type ItemParts, itemId, writeItem } from '../../../src/core/mqueue/item-record.ts';
import type { NewBytes, QueueEntry } from '../../../src/core/mqueue/mqueue.ts';

interface ItemSettings {
  readonly key?: string;
  readonly value?: string;
  readonly epoch?: number;
  readonly addedAt?: number;
  readonly dueAt?: number;
}

/** A new item with little to say. */
export function parts(sequence: number, settings: ItemSettings = {}): ItemParts {
  const { key = '', value = '', epoch = 1, addedAt = 0, dueAt = 0 } = settings;
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  return { epoch, sequence, addedAt, dueAt, key: bytes(key), value: bytes(value) };
}

/** The record of such an item. */
export function item(sequence: number, settings?: ItemSettings): Uint8Array {
  return writeItem(parts(sequence, settings));
}

export function entry(sequence: number, settings?: ItemSettings): QueueEntry<string> {
  return { record: item(sequence, settings), mark: undefined, position: -1 };
}

/** Memory in which something was before. */
export const dirtyBytes: NewBytes = (length) => new Uint8Array(length).fill(0xaa);

/** The ids of entries, as people read them. */
export function ids(entries: Iterable<QueueEntry<unknown>>): string[] {
  return Array.from(entries, ({ record }) => formatItemId(itemId(record)));
}
