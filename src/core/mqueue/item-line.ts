import { readBase64, writeBase64 } from '../base64.ts';
import { type Reading, right, wrong } from '../settings/setting-format.ts';
import {
  formatItemId,
  itemAddedAt,
  itemDeliveries,
  itemDueAt,
  itemId,
  itemKey,
  itemValue,
  maxItemBytes,
} from './item-record.ts';

/** An item as a line of JSON tells it. Times are milliseconds of the wall clock. */
export interface ItemLine {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** Undefined: the line does not say it. */
  readonly addedAt: number | undefined;
  /** 0: at once. */
  readonly dueAt: number;
  readonly deliveries: number;
}

/**
 * One line of JSON for an item's record, without a line break: `{"id":"3-17","partition":"0","key":"…","value":"…","added_at":"…"}`. Bytes that
 * are no UTF-8 stand as `{"base64":"…"}`; `due_at` and `deliveries` stand only where they say something.
 */
export function writeItemLine(record: Uint8Array, partition: string): string {
  const dueAt = itemDueAt(record);
  const deliveries = itemDeliveries(record);
  return JSON.stringify({
    id: formatItemId(itemId(record)),
    partition,
    key: shown(itemKey(record)),
    value: shown(itemValue(record)),
    added_at: shownTime(itemAddedAt(record)),
    ...(dueAt === 0 ? {} : { due_at: shownTime(dueAt) }),
    ...(deliveries === 0 ? {} : { deliveries }),
  });
}

/** Reads a line. `key` and `value` must be there; `id`, `partition` and whatever else is known to nobody here are passed over. */
export function readItemLine(text: string): Reading<ItemLine> {
  const line = parsed(text);
  if (!line.ok) return line;
  const { key, value, added_at, due_at = null, deliveries = 0 } = line.value;
  const bytes = readBytes(key, '"key"');
  if (!bytes.ok) return bytes;
  const content = readBytes(value, '"value"');
  if (!content.ok) return content;
  if (bytes.value.length + content.value.length > maxItemBytes) {
    return wrong(`is too long: key and value have ${maxItemBytes} bytes at most`);
  }
  const addedAt = added_at === undefined || added_at === null ? right(undefined) : readTime(added_at, '"added_at"');
  if (!addedAt.ok) return addedAt;
  const dueAt = due_at === null ? right(0) : readTime(due_at, '"due_at"');
  if (!dueAt.ok) return dueAt;
  if (typeof deliveries !== 'number' || !Number.isInteger(deliveries) || deliveries < 0 || deliveries > 65_535) {
    return wrong('"deliveries" is no whole number from 0 to 65535');
  }
  return right({ key: bytes.value, value: content.value, addedAt: addedAt.value, dueAt: dueAt.value, deliveries });
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

function shown(bytes: Uint8Array): string | { readonly base64: string } {
  try {
    return decoder.decode(bytes);
  } catch {
    return { base64: writeBase64(bytes) };
  }
}

/** What no calendar has stays a number. */
function shownTime(ms: number): string | number {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? ms : date.toISOString();
}

function parsed(text: string): Reading<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong('is JSON, but no object');
    return right(value as Readonly<Record<string, unknown>>);
  } catch {
    return wrong('is not JSON');
  }
}

function readBytes(value: unknown, name: string): Reading<Uint8Array> {
  if (value === undefined) return wrong(`has no ${name}`);
  if (typeof value === 'string') {
    // The encoder would put another character in the place of the half one.
    return value.isWellFormed() ? right(encoder.encode(value)) : wrong(`${name} holds half a character`);
  }
  if (typeof value === 'object' && value !== null && 'base64' in value && Object.keys(value).length === 1) {
    const bytes = typeof value.base64 === 'string' ? readBase64(value.base64) : undefined;
    return bytes === undefined ? wrong(`${name} holds something else than base64`) : right(bytes);
  }
  return wrong(`${name} is neither a text nor {"base64":"…"}`);
}

const ISO_TIME = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/;

function readTime(value: unknown, name: string): Reading<number> {
  const ms = typeof value === 'string' && ISO_TIME.test(value) ? Date.parse(value) : value;
  if (typeof ms === 'number' && Number.isFinite(ms)) return right(ms);
  return wrong(`${name} is neither a time as 2026-01-31T12:00:00.000Z nor milliseconds since 1970`);
}
