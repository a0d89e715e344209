import { describe, expect, it } from 'vitest';
import { readDuration } from '../../src/cli/duration-option.ts';

const read = readDuration({ min: 1, max: 86_400 });

describe('a duration on the command line', () => {
  it.each([
    ['30', 30],
    ['1500ms', 1.5],
    ['1001ms', 1.001],
    ['1.0004s', 1],
    ['30s', 30],
    ['1.5s', 1.5],
    ['10m', 600],
    ['2h', 7_200],
    ['1d', 86_400],
  ])('%s is %d seconds', (text, seconds) => expect(read(text)).toBe(seconds));

  it.each(['', '0', '10 m', '10min', '-1s', '2d', 'long', '1e3', '5ms'])('%j is refused', (text) => {
    expect(() => read(text)).toThrow('a time as 30s, 10m or 2h, from 1s to 1d');
  });

  it.each([
    [0, 31_536_000, 'from 0s to 365d'],
    [0.01, 60, 'from 10ms to 1m'],
    [1.5, 90, 'from 1500ms to 90s'],
  ])('between %d and %d seconds says so in units', (min, max, words) => {
    expect(() => readDuration({ min, max })('long')).toThrow(words);
  });
});
