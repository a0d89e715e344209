import { describe, expect, it } from 'vitest';
import { giveBackBytes, pooledBytes } from '../../../src/core/mqueue/pooled-bytes.ts';

describe('pooledBytes', () => {
  it('never gives the same bytes to two who hold them', () => {
    const held = Array.from({ length: 2_000 }, (_, index) => pooledBytes(1 + (index % 90)).fill(index));
    expect(held.every((bytes, index) => bytes.every((byte) => byte === (index & 255)))).toBe(true);
  });

  it('gives long ones a buffer of their own', () => {
    expect(pooledBytes(100_000).buffer.byteLength).toBe(100_000);
  });

  it('gives again what was given back, and only that', () => {
    const held = pooledBytes(10).fill(1);
    const returned = pooledBytes(20);
    giveBackBytes(returned);
    const next = pooledBytes(20).fill(2);
    expect([next.buffer, next.byteOffset]).toEqual([returned.buffer, returned.byteOffset]);
    expect(held.every((byte) => byte === 1)).toBe(true);
  });

  it('keeps what was cut before others, and what is not its own', () => {
    const first = pooledBytes(10).fill(1);
    const second = pooledBytes(10).fill(2);
    giveBackBytes(first);
    giveBackBytes(new Uint8Array(10));
    giveBackBytes(pooledBytes(100_000));
    pooledBytes(10).fill(3);
    expect([...first, ...second]).toEqual([...new Array(10).fill(1), ...new Array(10).fill(2)]);
  });
});
