import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConsumedPrefix } from '../../../src/core/mqueue/cursor-track.ts';

describe('the consumed prefix', () => {
  it('ends at the first position that is not consumed', () => {
    const track = new ConsumedPrefix(5);
    const cursors = [7, 5, 8, 6, 9].map((position) => {
      track.consume(position);
      return track.cursor;
    });
    expect(cursors).toEqual([5, 6, 6, 9, 10]);
  });

  it('does not count a position twice', () => {
    const track = new ConsumedPrefix(0);
    for (const position of [0, 0, 2, 2, 1, 1]) track.consume(position);
    expect(track.cursor).toBe(3);
  });

  it('comes out the same in any order', () => {
    const consumed = fc.uniqueArray(fc.oneof(fc.nat(60), fc.integer({ min: 4_060, max: 4_140 })), { maxLength: 140 });
    fc.assert(
      fc.property(fc.constantFrom(0, 10, 4_090), consumed, (start, positions) => {
        const track = new ConsumedPrefix(start);
        const open = new Set(Array.from({ length: 9_000 }, (_, index) => index + start));
        for (const position of positions) {
          track.consume(position);
          open.delete(position);
          expect(track.cursor).toBe(open.values().next().value);
        }
      }),
    );
  });

  it('passes a million positions that were consumed behind the first', () => {
    const track = new ConsumedPrefix(0);
    for (let position = 1_000_000; position > 0; position--) track.consume(position);
    expect(track.cursor).toBe(0);
    track.consume(0);
    expect(track.cursor).toBe(1_000_001);
  });
});
