import { mix32 } from '../hash.ts';
import { idEnd, idOffset, keyEnd, keyLength, keyLengthOffset, keyOffset } from './item-record.ts';

/** 32 bits, signed, from the key of an item. Who does not know the seed can't choose keys that meet. */
export function keyHash(item: Uint8Array, seed: number): number {
  return hashOf(item, keyOffset, keyEnd(item), seed);
}

/** As `keyHash`, from the key alone. */
export function hashOfKey(key: Uint8Array, seed: number): number {
  return hashOf(key, 0, key.length, seed);
}

/** Whether the item that begins at `start` has the key of the other. Their lengths are compared with them. */
export function sameKey(bytes: Uint8Array, start: number, item: Uint8Array): boolean {
  return sameBytes(bytes, start + keyLengthOffset, item, keyLengthOffset, keyEnd(item));
}

/** Whether the item that begins at `start` has this key. */
export function hasKey(bytes: Uint8Array, start: number, key: Uint8Array): boolean {
  return keyLength(bytes, start) === key.length && sameBytes(bytes, start + keyOffset, key, 0, key.length);
}

/** 32 bits, signed, from the id in a record. */
export function idHash(record: Uint8Array): number {
  return hashOf(record, idOffset, idEnd, 0);
}

/** Whether the item that begins at `start` has the id that the other record names. */
export function sameId(bytes: Uint8Array, start: number, record: Uint8Array): boolean {
  return sameBytes(bytes, start + idOffset, record, idOffset, idEnd);
}

/** As MurmurHash3 does it: four bytes at a time, then every bit spread over the result. */
function hashOf(bytes: Uint8Array, from: number, to: number, seed: number): number {
  let hash = seed ^ (to - from);
  let at = from;
  for (; at + 4 <= to; at += 4) {
    hash = mixIn(hash, bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
  }
  for (; at < to; at++) hash = mixIn(hash, bytes[at]!);
  return mix32(hash) | 0;
}

function mixIn(hash: number, word: number): number {
  const part = Math.imul(word, 0xcc9e2d51);
  const mixed = hash ^ Math.imul((part << 15) | (part >>> 17), 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function sameBytes(bytes: Uint8Array, start: number, other: Uint8Array, from: number, to: number): boolean {
  for (let at = from, here = start; at < to; at++, here++) {
    if (bytes[here] !== other[at]) return false;
  }
  return true;
}
