import { describe, expect, it } from 'vitest';
import { pooledBytes } from '../../../src/core/mqueue/pooled-bytes.ts';

describe('pooledBytes', () => {
  it('never gives the same bytes to two who hold them', () => {
    const held = Array.from({ length: 2_000 }, (_, index) => pooledBytes(1 + (index % 90)).fill(index));
    expect(held.every((bytes, index) => bytes.every((byte) => byte === (index & 255)))).toBe(true);
  });

  it('gives long ones a buffer of their own', () => {
    expect(pooledBytes(100_000).buffer.byteLength).toBe(100_000);
  });
});
