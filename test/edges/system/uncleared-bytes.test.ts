import { describe, expect, it } from 'vitest';
import { unclearedBytes } from '../../../src/edges/system/uncleared-bytes.ts';

describe('uncleared bytes', () => {
  it.each([1, 100, 4_096, 65_536])('are %i plain bytes that have their buffer for themselves', (length) => {
    const [one, other] = [unclearedBytes(length).fill(1), unclearedBytes(length).fill(2)];
    expect([one.constructor, one.length, one.buffer.byteLength]).toEqual([Uint8Array, length, length]);
    expect([one[0], one.at(-1), other[0]]).toEqual([1, 1, 2]);
  });
});
