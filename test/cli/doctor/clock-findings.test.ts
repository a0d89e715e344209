import { describe, expect, it } from 'vitest';
import { type ClockReading, clockFindings } from '../../../src/cli/doctor/clock-findings.ts';

const reading = (aheadMs: number, errorMs = 10): ClockReading => ({ whose: 'redis://10.0.0.7:6379', aheadMs, errorMs });

describe('what kdmq doctor says of the clock', () => {
  it.each<[string, readonly ClockReading[], readonly string[]]>([
    ['nobody to compare with', [], ['ok: there is nobody to compare the clock with']],
    ['others that agree', [reading(0), reading(-900)], ['ok: the clock agrees with 2 others']],
    [
      'more than a second, which may be an error of the measure',
      [reading(1_600, 700)],
      ['ok: the clock agrees with 1 other'],
    ],
    [
      'seconds',
      [reading(5_000), reading(0)],
      ['warning: the clock of redis://10.0.0.7:6379 is 5 s ahead of the one here'],
    ],
    ['minutes', [reading(-300_000)], ['error: the clock of redis://10.0.0.7:6379 is 5 min behind the one here']],
  ])('with %s', (_, readings, said) => {
    const findings = clockFindings(readings);
    expect(findings.map(({ level, what }) => `${level}: ${what}`)).toEqual(said);
    for (const { level, next } of findings) expect(next !== undefined).toBe(level !== 'ok');
  });
});
