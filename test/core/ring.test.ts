import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { followers, pick } from '../../src/core/ring.ts';
import { SeededRandom } from '../fakes/seeded-random.ts';

const ring = [{ hash: 10 }, { hash: 20 }, { hash: 30 }, { hash: 40 }];
const hashes = (found: readonly { hash: number }[]): number[] => found.map(({ hash }) => hash);

describe('the followers of a place on the ring', () => {
  it.each([
    ['between two', 15, 2, [20, 30]],
    ['on one, which is not its own follower', 20, 2, [30, 40]],
    ['before all', 5, 1, [10]],
    ['past the last: the ring closes', 40, 3, [10, 20, 30]],
    ['near the end', 35, 3, [40, 10, 20]],
    ['more than there are: each once', 15, 9, [20, 30, 40, 10]],
    ['none wanted', 15, 0, []],
  ])('%s', (_what, place, count, expected) => {
    expect(hashes(followers(ring, place, count))).toEqual(expected);
  });

  it('are none on an empty ring', () => {
    expect(followers([], 5, 3)).toEqual([]);
  });

  it('give every node as many watchers', () => {
    const places = fc.uniqueArray(fc.nat(0xffffffff), { minLength: 5, maxLength: 60 });
    fc.assert(
      fc.property(places, (all) => {
        const sorted = all.sort((a, b) => a - b).map((hash) => ({ hash }));
        const watchers = new Map<number, number>();
        for (const { hash } of sorted) {
          const others = sorted.filter((other) => other.hash !== hash);
          for (const { hash: watched } of followers(others, hash, 3)) {
            watchers.set(watched, (watchers.get(watched) ?? 0) + 1);
          }
        }
        expect([...watchers.values()]).toEqual(all.map(() => 3));
      }),
    );
  });
});

describe('a random pick', () => {
  it('is of different items, as many as asked for or all', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat()), fc.nat(10), fc.nat(), (items, count, seed) => {
        const random = new SeededRandom(seed);
        const picked = pick(items, count, () => random.fraction());
        expect(new Set(picked).size).toBe(Math.min(count, items.length));
        for (const item of picked) expect(items).toContain(item);
      }),
    );
  });

  it('reaches everybody in the end', () => {
    const random = new SeededRandom(3);
    const items = Array.from({ length: 20 }, (_, index) => index);
    const reached = new Set<number>();
    for (let round = 0; round < 200; round++)
      for (const item of pick(items, 2, () => random.fraction())) reached.add(item);
    expect(reached.size).toBe(20);
  });
});
