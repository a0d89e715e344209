import { crc32 } from 'node:zlib';
import { corrupt, newer } from './file-error.ts';

/*
 * A log file is a head and frames one after another. Numbers are big endian.
 *   head   "kdmq log", u16 format, u16 zero, u32 CRC-32 of the 12 bytes before
 *   frame  u32 CRC-32 of what follows, 3 bytes "kdq", u8 kind, u32 length of the payload, payload
 * The three letters make it cheap to find out whether anything readable comes after a damaged place.
 */
export const headBytes = 16;
export const frameHeadBytes = 12;
export const frameMark = new TextEncoder().encode('kdq');
export const markOffset = 4;

/** The payload is a record of the queue, or the cursor as 8 bytes. */
export type FrameKind = 1 | 2;
export const recordFrame: FrameKind = 1;
export const cursorFrame: FrameKind = 2;

const FORMAT = 1;
const MAGIC = new TextEncoder().encode('kdmq log');

export function logHead(): Uint8Array {
  const head = new Uint8Array(headBytes);
  head.set(MAGIC);
  const view = new DataView(head.buffer);
  view.setUint16(8, FORMAT);
  view.setUint32(12, crc32(head.subarray(0, 12)));
  return head;
}

/** Throws STORE_NEWER or STORE_CORRUPT where the file is none that can be read here. */
export function checkLogHead(head: Uint8Array, path: string): void {
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const whole = head.length === headBytes && MAGIC.every((byte, index) => head[index] === byte);
  if (!whole || view.getUint32(12) !== crc32(head.subarray(0, 12))) throw corrupt(path, 0, 'the head is unreadable');
  const format = view.getUint16(8);
  if (format > FORMAT) throw newer(path, format, FORMAT);
}

/** Writes the head of a frame whose payload is elsewhere. */
export function putFrameHead(into: Uint8Array, at: number, kind: FrameKind, payload: Uint8Array): void {
  putHead(into, at, kind, payload.length);
  const head = crc32(into.subarray(at + 4, at + frameHeadBytes));
  putNumber(into, at, crc32(payload, head));
}

/** Writes a whole frame. Returns where the next one begins. */
export function putFrame(into: Uint8Array, at: number, kind: FrameKind, payload: Uint8Array): number {
  const end = at + frameHeadBytes + payload.length;
  putHead(into, at, kind, payload.length);
  into.set(payload, at + frameHeadBytes);
  putNumber(into, at, crc32(into.subarray(at + 4, end)));
  return end;
}

export function getNumber(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 0x1000000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
}

function putHead(into: Uint8Array, at: number, kind: FrameKind, length: number): void {
  into[at + 4] = frameMark[0]!;
  into[at + 5] = frameMark[1]!;
  into[at + 6] = frameMark[2]!;
  into[at + 7] = kind;
  putNumber(into, at + 8, length);
}

function putNumber(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
}

export function cursorPayload(cursor: number): Uint8Array {
  const payload = new Uint8Array(8);
  new DataView(payload.buffer).setFloat64(0, cursor);
  return payload;
}

export function readCursor(payload: Uint8Array): number {
  return new DataView(payload.buffer, payload.byteOffset, payload.length).getFloat64(0);
}
