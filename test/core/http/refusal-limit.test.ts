import { describe, expect, it } from 'vitest';
import { RefusalLimit } from '../../../src/core/http/refusal-limit.ts';

describe('a client that is refused', () => {
  it('has to wait after so many in a minute, until the minute is over', () => {
    const limit = new RefusalLimit(2);
    const waits = [0, 10_000, 20_000, 59_000, 60_000].map((now) => limit.refuse('10.0.0.1', now));
    expect(waits).toEqual([0, 0, 40_000, 1_000, 0]);
  });

  it('is known to have had its share before it is refused again', () => {
    const limit = new RefusalLimit(2);
    const exceeded = [0, 1, 2, 59_999, 60_000].map((now) => {
      const before = limit.isExceeded('10.0.0.1', now);
      if (now < 60_000) limit.refuse('10.0.0.1', now);
      return before;
    });
    expect(exceeded).toEqual([false, false, true, true, false]);
    expect(limit.isExceeded('10.0.0.2', 2)).toBe(false);
  });

  it('does not make others wait', () => {
    const limit = new RefusalLimit(1);
    for (let refusal = 0; refusal < 5; refusal++) limit.refuse('10.0.0.1', 0);
    expect(limit.refuse('10.0.0.2', 0)).toBe(0);
  });

  it.each([
    ['fd00:1:2:3::1', 'fd00:1:2:3:4:5:6:7'],
    ['fd00::1', 'fd00::2'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
  ])('is the same as %s and as %s', (one, other) => {
    const limit = new RefusalLimit(1);
    limit.refuse(one, 0);
    expect(limit.refuse(other, 0)).toBeGreaterThan(0);
  });

  it('is forgotten when too many others come: memory has a bound', () => {
    const limit = new RefusalLimit(1);
    limit.refuse('10.0.0.1', 0);
    for (let other = 0; other < 10_000; other++) limit.refuse(`10.1.${other >> 8}.${other & 255}`, 1);
    expect(limit.refuse('10.0.0.1', 2)).toBe(0);
  });
});
