import { describe, expect, it } from 'vitest';
import { randomContract } from '../edges/system/random-contract.ts';
import { SeededRandom } from './seeded-random.ts';

randomContract('SeededRandom', () => new SeededRandom(42));

describe('SeededRandom', () => {
  it('repeats itself for the same seed and differs for another', () => {
    const token = (seed: number): string => new SeededRandom(seed).token(20);
    expect(token(3)).toBe(token(3));
    expect(token(3)).not.toBe(token(4));
  });
});
