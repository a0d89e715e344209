import { describe, expect, it } from 'vitest';
import { hash32, mix32 } from '../../src/core/hash.ts';

describe('the hash of a node’s address', () => {
  it('is the same in every version: nodes of different versions share a ring and a digest', () => {
    expect(hash32('')).toBe(2_872_998_923);
    expect(hash32('udp:10.0.0.1:5060')).toBe(1_068_186_885);
    expect(mix32(1)).toBe(0x514e28b7);
  });

  it('is an unsigned number of 32 bits', () => {
    for (let index = 0; index < 1_000; index++) {
      const hash = hash32(`udp:10.0.0.${index}:5060`);
      expect(hash >= 0 && hash < 2 ** 32 && Number.isInteger(hash)).toBe(true);
    }
  });

  it('spreads neighbouring addresses over the ring', () => {
    const quarters = [0, 0, 0, 0];
    for (let index = 0; index < 1_000; index++)
      quarters[hash32(`udp:10.0.${index >> 8}.${index & 255}:5060`) >>> 30]! += 1;
    for (const count of quarters) expect(count).toBeGreaterThan(200);
  });
});
