/*
 * An item, or what happened to one, as the same bytes in memory and in every store. Numbers are big endian.
 *
 *    0  u8   format version, 1
 *    1  u8   kind: 1 item, 2 removed, 3 delivered, 4 cleared, 5 postponed, 6 undelivered
 *    2  u32  epoch     \ the id, `<epoch>-<sequence>`; of `cleared` that of the last item there was
 *    6  u48  sequence  /
 *   12  f64  when it was added, milliseconds of the wall clock      from here on in items only;
 *                                                                 of `postponed` here is when it may be fetched
 *   20  f64  when it may be fetched, likewise; 0 at once
 *   28  u16  deliveries so far; stays at 65,535
 *   30  u32  length of the key
 *   34       key, then value up to the end
 */

import { pooledBytes } from './pooled-bytes.ts';

const version = 1;
const kinds = { item: 1, removed: 2, delivered: 3, cleared: 4, postponed: 5, undelivered: 6 } as const;
export const idOffset = 2;
export const idEnd = 12;
const postponedEnd = 20;
const addedAtOffset = 12;
const dueAtOffset = 20;
const deliveriesOffset = 28;
export const keyLengthOffset = 30;
export const keyOffset = 34;

const maxEpoch = 2 ** 32 - 1;
const maxSequence = 2 ** 48 - 1;
const maxDeliveries = 2 ** 16 - 1;

/** Bytes of a key and its value together at most; well below the 512 MiB of a value in Redis. */
export const maxItemBytes = 256 * 1024 * 1024;

/** Names an item among those of its partition: the claim under which it was added, and its number in it. */
export interface ItemId {
  readonly epoch: number;
  readonly sequence: number;
}

/** What a new item is made of. Times are milliseconds of the wall clock. */
export interface ItemParts extends ItemId {
  readonly addedAt: number;
  /** 0: at once. */
  readonly dueAt: number;
  readonly deliveries?: number;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** A record that was read: an item, or what happened to one. */
export type JournalEntry =
  | { readonly kind: 'item'; readonly record: Uint8Array }
  | { readonly kind: 'removed' | 'delivered' | 'undelivered' | 'cleared'; readonly id: ItemId }
  | { readonly kind: 'postponed'; readonly id: ItemId; readonly dueAt: number };

/** Bytes that are no record: damaged, or written by a newer version. */
export class RecordError extends Error {
  readonly code: 'RECORD_UNREADABLE' | 'RECORD_NEWER';

  constructor(code: RecordError['code'], message: string) {
    super(message);
    this.name = 'RecordError';
    this.code = code;
  }
}

/** `3-17`, as people and programs see it. */
export function formatItemId({ epoch, sequence }: ItemId): string {
  return `${epoch}-${sequence}`;
}

/** Reads what `formatItemId` writes, and nothing else. */
export function parseItemId(text: string): ItemId | undefined {
  const [, epoch, sequence] = /^(\d{1,10})-(\d{1,15})$/.exec(text) ?? [];
  const id = { epoch: Number(epoch), sequence: Number(sequence) };
  if (!(id.epoch <= maxEpoch && id.sequence <= maxSequence)) return undefined;
  return formatItemId(id) === text ? id : undefined;
}

/** How long the record of a new item is. Throws a RangeError when key and value are longer than `maxItemBytes` or the id is none. */
export function itemBytes(parts: ItemParts): number {
  const bytes = parts.key.length + parts.value.length;
  if (bytes > maxItemBytes) throw new RangeError(`an item has ${maxItemBytes} bytes at most`);
  checkId(parts);
  return keyOffset + bytes;
}

/** A new item's record; key and value are copied. Throws what `itemBytes` throws. */
export function writeItem(parts: ItemParts): Uint8Array {
  const record = pooledBytes(itemBytes(parts));
  writeItemInto(record, viewOf(record), 0, parts);
  return record;
}

/** As `writeItem`, into bytes that are there, from `start` on: `itemBytes` of them. `view` shows the same bytes. */
export function writeItemInto(bytes: Uint8Array, view: DataView, start: number, parts: ItemParts): void {
  const { key, value } = parts;
  writeId(view, start, kinds.item, parts);
  view.setFloat64(start + addedAtOffset, parts.addedAt);
  view.setFloat64(start + dueAtOffset, parts.dueAt);
  view.setUint16(start + deliveriesOffset, Math.min(parts.deliveries ?? 0, maxDeliveries));
  view.setUint32(start + keyLengthOffset, key.length);
  bytes.set(key, start + keyOffset);
  bytes.set(value, start + keyOffset + key.length);
}

/** All of the bytes, for numbers to be written into them; to be kept where there are many. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The item has left the queue. */
export function writeRemoved(id: ItemId): Uint8Array {
  return writeEvent(kinds.removed, id);
}

/** The item has been given out once more. */
export function writeDelivered(id: ItemId): Uint8Array {
  return writeEvent(kinds.delivered, id);
}

/** Nobody has had the item after all: one delivery less. */
export function writeUndelivered(id: ItemId): Uint8Array {
  return writeEvent(kinds.undelivered, id);
}

/** All items up to this one, the last that existed, have left the queue. */
export function writeCleared(id: ItemId): Uint8Array {
  return writeEvent(kinds.cleared, id);
}

/** The item was given back, and may be fetched again from `dueAt` on. */
export function writePostponed(id: ItemId, dueAt: number): Uint8Array {
  checkId(id);
  const record = new Uint8Array(postponedEnd);
  const view = viewOf(record);
  writeId(view, 0, kinds.postponed, id);
  view.setFloat64(idEnd, dueAt);
  return record;
}

/** What the bytes say; an item's record is the bytes themselves. Throws a RecordError. */
export function readRecord(bytes: Uint8Array): JournalEntry {
  if (bytes.length > 0 && bytes[0]! > version) {
    throw new RecordError('RECORD_NEWER', `a record has format version ${bytes[0]}, known is ${version}`);
  }
  if (bytes[0] !== version || bytes.length < idEnd) throw unreadable(`it is no record: ${bytes.length} bytes`);
  switch (bytes[1]) {
    case kinds.item:
      checkItem(bytes);
      return { kind: 'item', record: bytes };
    case kinds.removed:
      return { kind: 'removed', id: exactId(bytes) };
    case kinds.delivered:
      return { kind: 'delivered', id: exactId(bytes) };
    case kinds.undelivered:
      return { kind: 'undelivered', id: exactId(bytes) };
    case kinds.cleared:
      return { kind: 'cleared', id: exactId(bytes) };
    case kinds.postponed:
      return readPostponed(bytes);
    default:
      throw unreadable(`its kind is ${bytes[1]}`);
  }
}

/** The key, a view of the record. */
export function itemKey(record: Uint8Array): Uint8Array {
  return record.subarray(keyOffset, keyEnd(record));
}

/** Where the key ends and the value begins. */
export function keyEnd(record: Uint8Array): number {
  return keyOffset + keyLength(record, 0);
}

/** Of the item that begins at `start`. */
export function keyLength(bytes: Uint8Array, start: number): number {
  return readU32(bytes, start + keyLengthOffset);
}

/** The value, a view of the record. */
export function itemValue(record: Uint8Array): Uint8Array {
  return record.subarray(keyEnd(record));
}

export function itemId(record: Uint8Array): ItemId {
  return { epoch: readU32(record, idOffset), sequence: readU16(record, 6) * 2 ** 32 + readU32(record, 8) };
}

/** Milliseconds of the wall clock. */
export function itemAddedAt(record: Uint8Array): number {
  return readFloat(record, addedAtOffset);
}

/** Milliseconds of the wall clock; 0 at once. */
export function itemDueAt(record: Uint8Array): number {
  return readFloat(record, dueAtOffset);
}

/** How often the item has been given out under a lease. */
export function itemDeliveries(record: Uint8Array): number {
  return readU16(record, deliveriesOffset);
}

/** Changes the record in place. Above 65,535 it stays there. */
export function setItemDeliveries(record: Uint8Array, deliveries: number): void {
  const count = Math.min(deliveries, maxDeliveries);
  record[deliveriesOffset] = count >>> 8;
  record[deliveriesOffset + 1] = count;
}

/** Changes the record in place. */
export function setItemDueAt(record: Uint8Array, dueAt: number): void {
  viewOf(record).setFloat64(dueAtOffset, dueAt);
}

/** What the item counts against limits in bytes. */
export function recordBytes(record: Uint8Array): number {
  return record.length;
}

function checkItem(record: Uint8Array): void {
  if (record.length < keyOffset) throw unreadable(`an item of ${record.length} bytes`);
  if (keyEnd(record) > record.length) throw unreadable('its key is longer than it');
  if (isFiniteAt(record, addedAtOffset) && isFiniteAt(record, dueAtOffset)) return;
  throw unreadable(`its times are ${itemAddedAt(record)} and ${itemDueAt(record)}`);
}

/** Of what is no number, and of what is infinite, all bits of the exponent are set. */
function isFiniteAt(bytes: Uint8Array, offset: number): boolean {
  return (readU16(bytes, offset) & 0x7ff0) !== 0x7ff0;
}

function readPostponed(bytes: Uint8Array): JournalEntry {
  if (bytes.length !== postponedEnd) throw unreadable(`${bytes.length} bytes where ${postponedEnd} are right`);
  if (!isFiniteAt(bytes, idEnd)) throw unreadable(`its time is ${readFloat(bytes, idEnd)}`);
  return { kind: 'postponed', id: itemId(bytes), dueAt: readFloat(bytes, idEnd) };
}

function exactId(bytes: Uint8Array): ItemId {
  if (bytes.length !== idEnd) throw unreadable(`${bytes.length} bytes where ${idEnd} are right`);
  return itemId(bytes);
}

function unreadable(why: string): RecordError {
  return new RecordError('RECORD_UNREADABLE', `a record can't be read: ${why}`);
}

function writeEvent(kind: number, id: ItemId): Uint8Array {
  checkId(id);
  const record = new Uint8Array(idEnd);
  writeId(viewOf(record), 0, kind, id);
  return record;
}

function writeId(view: DataView, start: number, kind: number, { epoch, sequence }: ItemId): void {
  view.setUint8(start, version);
  view.setUint8(start + 1, kind);
  view.setUint32(start + idOffset, epoch);
  view.setUint16(start + idOffset + 4, Math.floor(sequence / 2 ** 32));
  view.setUint32(start + idOffset + 6, sequence);
}

function checkId({ epoch, sequence }: ItemId): void {
  if (isWhole(epoch, maxEpoch) && isWhole(sequence, maxSequence)) return;
  throw new RangeError(`${epoch}-${sequence} is no id`);
}

function isWhole(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}

function readU16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 8) | bytes[offset + 1]!;
}

function readU32(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset) * 2 ** 16 + readU16(bytes, offset + 2);
}

/** A view for each record would cost more than the eight bytes by hand. */
const scratch = new DataView(new ArrayBuffer(8));

function readFloat(bytes: Uint8Array, offset: number): number {
  scratch.setUint32(0, readU32(bytes, offset));
  scratch.setUint32(4, readU32(bytes, offset + 4));
  return scratch.getFloat64(0);
}
