import { describe, expect, it } from 'vitest';
import { closestName } from '../../src/core/closest-name.ts';

const NAMES = ['ping_interval', 'probe_interval', 'listen', 'log_level', 'num_workers', 'warn', 'fail_count_enabled'];

describe('the name that was meant', () => {
  it.each([
    ['pin_interval', 'ping_interval'],
    ['ping-interval', 'ping_interval'],
    ['PING_INTERVAL', 'ping_interval'],
    ['pnig_interval', 'ping_interval'],
    ['listn', 'listen'],
    ['loglevel', 'log_level'],
    ['num_worker', 'num_workers'],
    ['warning', 'warn'],
    ['fail_count', 'fail_count_enabled'],
    ['something_else', undefined],
    ['x', undefined],
    ['', undefined],
    ['y'.repeat(10_000), undefined],
  ])('for %s is %s', (written, expected) => {
    expect(closestName(written, NAMES)).toBe(expected);
  });
});
