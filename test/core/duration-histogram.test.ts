import { describe, expect, it } from 'vitest';
import { DurationHistogram } from '../../src/core/duration-histogram.ts';

describe('a histogram of durations', () => {
  it('counts what took at most so long, the smaller ones included', () => {
    const histogram = new DurationHistogram();
    for (const ms of [0, 0.5, 0.6, 250, 32_000, 32_001]) histogram.observe(ms);
    const { buckets, count, sum } = histogram.counts();
    expect(count).toBe(6);
    expect(sum).toBeCloseTo(64.2521, 6);
    expect(buckets[0]).toEqual({ atMost: 0.0005, count: 2 });
    expect(buckets[1]).toEqual({ atMost: 0.001, count: 3 });
    expect(buckets.find(({ atMost }) => atMost === 0.1)).toEqual({ atMost: 0.1, count: 3 });
    expect(buckets.find(({ atMost }) => atMost === 0.25)).toEqual({ atMost: 0.25, count: 4 });
    expect(buckets.at(-1)).toEqual({ atMost: 32, count: 5 });
  });

  it('begins at nothing', () => {
    const { buckets, count, sum } = new DurationHistogram().counts();
    expect([count, sum, ...buckets.map((bucket) => bucket.count)].every((value) => value === 0)).toBe(true);
  });
});
