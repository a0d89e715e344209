import { describe, expect, it } from 'vitest';
import type { Random } from '../../../src/ports/random.ts';

/** What every source of randomness does. */
export function randomContract(name: string, make: () => Random): void {
  describe(`${name} keeps the contract of randomness`, () => {
    it('gives fractions in [0, 1) that fill the range', () => {
      const random = make();
      const values = Array.from({ length: 5000 }, () => random.fraction());
      expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(Math.abs(mean - 0.5)).toBeLessThan(0.05);
    });

    it.each([0, 1, 8, 32, 5000])('gives tokens of %i characters out of 0-9a-z', (length) => {
      expect(make().token(length)).toMatch(new RegExp(`^[0-9a-z]{${length}}$`));
    });

    it('uses all 36 characters about as often', () => {
      const counts = new Map<string, number>();
      for (const character of make().token(36_000)) counts.set(character, (counts.get(character) ?? 0) + 1);
      expect(counts.size).toBe(36);
      expect(Math.min(...counts.values())).toBeGreaterThan(800);
      expect(Math.max(...counts.values())).toBeLessThan(1200);
    });

    it('does not repeat a token', () => {
      const random = make();
      expect(new Set(Array.from({ length: 2000 }, () => random.token(16))).size).toBe(2000);
    });
  });
}
