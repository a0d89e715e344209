import { describe, expect, it } from 'vitest';
import { durationOption } from '../../src/cli/duration-option.ts';

const read = durationOption({ min: 1, max: 86_400 });

describe('a duration on the command line', () => {
  it.each([
    ['30', 30],
    ['30s', 30],
    ['1.5s', 1.5],
    ['10m', 600],
    ['2h', 7_200],
    ['1d', 86_400],
  ])('%s is %d seconds', (text, seconds) => expect(read(text)).toBe(seconds));

  it.each(['', '0', '10 m', '10min', '-1s', '2d', 'long', '1e3', '5ms'])('%j is refused', (text) => {
    expect(() => read(text)).toThrow('a time as 30s, 10m or 2h, from 1 to 86,400 seconds');
  });
});
