import { describe, expect, it } from 'vitest';
import { RateLimit } from '../../../src/core/http/rate-limit.ts';

const client = '10.0.0.1';

describe('what a client may ask', () => {
  it('is so many requests at once, and then as many a second', () => {
    const limit = new RateLimit(4);
    const atOnce = Array.from({ length: 5 }, () => limit.take(client, 0, 1));
    expect(atOnce).toEqual([0, 0, 0, 0, 250]);
    expect([250, 251, 500, 2_000].map((now) => limit.take(client, now, 1))).toEqual([0, 249, 0, 0]);
  });

  it('does not grow beyond a second while it asks nothing', () => {
    const limit = new RateLimit(2);
    limit.take(client, 0, 1);
    const late = Array.from({ length: 3 }, () => limit.take(client, 60_000, 1));
    expect(late).toEqual([0, 0, 500]);
  });

  it('is less of what costs more, and two of what costs more than half of it', () => {
    const limit = new RateLimit(10);
    expect([4, 4, 4].map((cost) => limit.take(client, 0, cost))).toEqual([0, 0, 200]);
    expect([100, 100, 1].map((cost) => limit.take('10.0.0.2', 0, cost))).toEqual([0, 0, 100]);
    expect(new RateLimit(1).take(client, 0, 100)).toBe(0);
  });

  it('is paid for looking, and then for the rest: who has to wait comes again when all of it may be made', () => {
    const limit = new RateLimit(10);
    const inFull = (now: number, cost: number) => limit.take(client, now, 1) || limit.takeMore(client, now, 1, cost);
    expect([inFull(0, 4), inFull(0, 4), inFull(0, 4)]).toEqual([0, 0, 300]);
    expect([inFull(299, 4), inFull(700, 4)]).toEqual([101, 0]);
    expect(limit.takeMore('10.0.0.2', 0, 1, 1)).toBe(0);
  });

  it('is all of it where one request is all there is', () => {
    const limit = new RateLimit(1);
    expect([limit.take(client, 0, 1), limit.takeMore(client, 0, 1, 100)]).toEqual([0, 0]);
  });

  it('is nothing that others take, and no limit where there is none or where it costs nothing', () => {
    const limit = new RateLimit(1);
    expect([limit.take(client, 0, 1), limit.take('10.0.0.2', 0, 1), limit.take(client, 0, 0)]).toEqual([0, 0, 0]);
    const none = new RateLimit(0);
    expect([none.take(client, 0, 1), none.take(client, 0, 1)]).toEqual([0, 0]);
  });

  it('is forgotten when too many others come: memory has a bound', () => {
    const limit = new RateLimit(1);
    limit.take(client, 0, 1);
    for (let other = 0; other < 10_000; other++) limit.take(`10.${other >> 8}.${other & 255}.9`, 0, 1);
    expect(limit.take(client, 0, 1)).toBe(0);
  });
});
