import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlaceTable } from '../../../src/core/mqueue/place-table.ts';

const known = (place: number, wanted: number): boolean => place === wanted;

describe('the place table', () => {
  it('finds every place that was put in and not taken out, although hashes meet', () => {
    // Hashes of one shard, whose slots lie close together and wrap round at the end.
    const hash = fc.constantFrom(0, 1, 2, 7, 15, 255, 256, 0xff_ffff);
    const move = fc.record({ hash, place: fc.integer({ min: 1, max: 40 }) });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 300, size: 'max' }), (moves) => {
        const table = new PlaceTable();
        const places = Array.from({ length: 40 }, (_, index) => index + 1);
        const held = new Map<number, number>();
        for (const { hash, place } of moves) {
          const heldHash = held.get(place);
          if (heldHash === undefined) {
            table.move(hash, 0, place);
            held.set(place, hash);
          } else if (hash < 3) {
            table.move(heldHash, place, -place);
            table.move(heldHash, -place, place);
          } else {
            table.move(heldHash, place, 0);
            held.delete(place);
          }
          const wrong = places.filter(
            (wanted) => table.find(held.get(wanted) ?? hash, wanted, known) !== (held.has(wanted) ? wanted : 0),
          );
          if (wrong.length > 0) expect.fail(`${wrong} are found wrongly`);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('knows nothing after it was cleared, and passes over what is not there', () => {
    const table = new PlaceTable();
    table.move(-5, 0, 3);
    table.move(-5, 4, 0);
    table.move(-5, 4, 9);
    table.move(900_000_000, 4, 0);
    expect(table.find(-5, 3, known)).toBe(3);
    table.clear();
    expect(table.find(-5, 3, known)).toBe(0);
  });

  it('holds a hundred thousand, and few again', () => {
    const table = new PlaceTable();
    const hashOf = (place: number): number => Math.imul(place, 0x9e3779b1);
    for (let place = 1; place <= 100_000; place++) table.move(hashOf(place), 0, place);
    for (let place = 1; place <= 99_990; place++) table.move(hashOf(place), place, 0);
    const found = [99_989, 99_990, 99_991, 100_000].map((place) => table.find(hashOf(place), place, known));
    expect(found).toEqual([0, 0, 99_991, 100_000]);
  });
});
