import { describe, expect, it } from 'vitest';
import { ReplyCache } from '../../../src/edges/sip/reply-cache.ts';
import { MemoryCounters } from '../../fakes/memory-counters.ts';

function cacheOf(options: { entries?: number; keptBytes?: number } = {}) {
  const counters = new MemoryCounters();
  return { counters, cache: new ReplyCache({ counters, ...options }) };
}

describe('ReplyCache', () => {
  it('tells a new request from one that is being handled and one that was answered', () => {
    const { cache } = cacheOf({ entries: 64 });
    expect(cache.admit(1, 2, 0)).toBe('new');
    expect(cache.admit(1, 2, 500)).toBe('handling');
    cache.complete(1, 2, { code: 202 }, 600);
    expect(cache.admit(1, 2, 1000)).toEqual({ code: 202 });
    expect(cache.admit(1, 3, 1000)).toBe('new');
  });

  it('gives back body, headers and reason where the reply had them', () => {
    const { cache } = cacheOf({ entries: 64 });
    const reply = { code: 200, contentType: 'text/plain', body: 'a list', headers: [['X-A', 'b']] as const };
    cache.admit(1, 2, 0);
    cache.complete(1, 2, reply, 0);
    expect(cache.admit(1, 2, 10)).toEqual(reply);
  });

  it('keeps nothing aside for a code with one of a few reasons', () => {
    const { cache } = cacheOf();
    for (const [low, reason] of ['Accepted DMQ', 'User Not Found', 'Accepted DMQ'].entries()) {
      cache.admit(1, low, 0);
      cache.complete(1, low, { code: 202 + low, reason }, 0);
    }
    expect(cache.keptBytes).toBe(0);
    expect(cache.admit(1, 0, 10)).toEqual({ code: 202, reason: 'Accepted DMQ' });
    expect(cache.admit(1, 1, 10)).toEqual({ code: 203, reason: 'User Not Found' });
    expect(cache.admit(1, 2, 10)).toEqual({ code: 204, reason: 'Accepted DMQ' });
  });

  it('keeps reasons aside when a program makes up ever new ones', () => {
    const { cache } = cacheOf();
    for (let low = 0; low < 1_000; low++) {
      cache.admit(low, low, 0);
      cache.complete(low, low, { code: 200, reason: `Reason ${low}` }, 0);
    }
    expect(cache.keptBytes).toBeGreaterThan(0);
    expect(cache.admit(999, 999, 10)).toEqual({ code: 200, reason: 'Reason 999' });
    expect(cache.admit(1, 1, 10)).toEqual({ code: 200, reason: 'Reason 1' });
  });

  it('forgets a reply when Timer J fires, 32 s after it was sent', () => {
    const { cache } = cacheOf({ entries: 64 });
    cache.admit(1, 2, 0);
    cache.complete(1, 2, { code: 200 }, 1000);
    expect(cache.admit(1, 2, 32_999)).toEqual({ code: 200 });
    expect(cache.admit(1, 2, 33_000)).toBe('new');
    expect(cache.admit(1, 2, 33_500)).toBe('handling');
  });

  it('gives up the oldest entry of a full group and counts it', () => {
    const { cache, counters } = cacheOf({ entries: 8 });
    for (let low = 0; low < 9; low++) cache.admit(5, low, low);
    expect(counters.value('sip_replies_cached_evicted', 'entries')).toBe(1);
    expect(cache.admit(5, 8, 10)).toBe('handling');
    expect(cache.admit(5, 1, 10)).toBe('handling');
    expect(cache.admit(5, 0, 10)).toBe('new');
  });

  it('counts nothing when it gives up what has expired', () => {
    const { cache, counters } = cacheOf({ entries: 8 });
    for (let low = 0; low < 100; low++) cache.admit(5, low, low * 40_000);
    expect(counters.total('sip_replies_cached_evicted')).toBe(0);
  });

  it('keeps bodies within the byte limit, forgets their requests whole and counts it', () => {
    const { cache, counters } = cacheOf({ entries: 64, keptBytes: 10_000 });
    for (let low = 0; low < 20; low++) {
      cache.admit(low, low, low);
      cache.complete(low, low, { code: 200, body: 'x'.repeat(1000) }, low);
      expect(cache.keptBytes).toBeLessThanOrEqual(10_000);
    }
    expect(counters.value('sip_replies_cached_evicted', 'bytes')).toBe(13);
    expect(cache.admit(0, 0, 30)).toBe('new');
    expect(cache.admit(19, 19, 30)).toMatchObject({ code: 200 });
  });

  it('does not keep a body longer than Timer J when others come', () => {
    const { cache, counters } = cacheOf({ entries: 64 });
    cache.complete(1, 1, { code: 200, body: 'x'.repeat(1000) }, 0);
    cache.complete(2, 2, { code: 200, body: 'y' }, 40_000);
    expect(cache.keptBytes).toBeLessThan(1000);
    expect(counters.total('sip_replies_cached_evicted')).toBe(0);
  });

  it('remembers a reply whose request was given up while it was being handled', () => {
    const { cache } = cacheOf({ entries: 8 });
    for (let low = 0; low < 9; low++) cache.admit(5, low, low);
    cache.complete(5, 0, { code: 200 }, 20);
    expect(cache.admit(5, 0, 21)).toEqual({ code: 200 });
  });

  it('goes on when the 32 bits of its clock wrap', () => {
    const { cache } = cacheOf({ entries: 64 });
    cache.admit(1, 2, 2 ** 32 - 10);
    cache.complete(1, 2, { code: 200 }, 2 ** 32 - 5);
    expect(cache.admit(1, 2, 2 ** 32 + 100)).toEqual({ code: 200 });
    expect(cache.admit(1, 2, 2 ** 32 + 40_000)).toBe('new');
  });
});
