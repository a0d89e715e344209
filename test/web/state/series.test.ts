import { expect, it } from 'vitest';
import { appended, linePoints } from '../../../web/state/series.ts';

it('the oldest of 300 values goes when another one comes', () => {
  const full = Array.from({ length: 300 }, (_, index) => index);
  const next = appended(full, 300);
  expect([next.length, next[0], next.at(-1)]).toEqual([300, 1, 300]);
});

it('a line ends at the right, stands on zero and has its highest value at the top', () => {
  expect(linePoints([0, 5, 10], 290, 20)).toBe('270.0,20.0 280.0,10.0 290.0,0.0');
  expect(linePoints([], 290, 20)).toBe('');
  expect(linePoints([0], 290, 20)).toBe('290.0,20.0');
  expect(linePoints(Array(59).fill(0), 290, 20)).toMatch(/^0\.0,20\.0 5\.0,20\.0 /);
});
