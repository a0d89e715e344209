import { describe, expect, it } from 'vitest';
import { kindOfSoftware } from '../../src/core/software.ts';

describe('what runs at the other side, by its User-Agent or Server header', () => {
  it.each([
    ['kdmq/0.1.0', 'kdmq'],
    ['KDMQ/1', 'kdmq'],
    ['kdmqish/1', 'other'],
    ['kamailio (5.6.3 (x86_64/linux))', 'kamailio'],
    ['Kamailio (6.1.5 (x86_64/Linux))', 'kamailio'],
    ['my kamailio', 'other'],
    ['', 'other'],
    [undefined, 'other'],
  ] as const)('%j: %s', (header, kind) => {
    expect(kindOfSoftware(header)).toBe(kind);
  });
});
