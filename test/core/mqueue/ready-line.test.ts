import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReadyLine } from '../../../src/core/mqueue/ready-line.ts';
import { dirtyBytes } from './records.ts';

const record = (number: number, length = 4): Uint8Array => {
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
};
const entry = (bytes: Uint8Array) => ({ record: bytes, mark: undefined, position: -1 });
/** Runs of items that were added, that were restored in the order of their positions, and that were restored in another order. */
const restored = (number: number) => {
  const run = Math.floor(number / 170) % 4;
  if (run === 0) return entry(record(number));
  return { record: record(number), mark: run, position: run === 3 ? number ^ 1 : number };
};
const numberOf = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);

function take(line: ReadyLine<unknown>, place: number): Uint8Array | undefined {
  const found = line.at(place);
  expect(line.remove(place)).toBe(found !== undefined);
  return found?.record;
}

function listed(line: ReadyLine<number>, after = 0): (readonly [number, number])[] {
  return Array.from(line.after(after), ([place, { record }]) => [place, numberOf(record)] as const);
}

describe('the line of ready items', () => {
  it('keeps order, places and origins through removals anywhere, and takes items back where they were', () => {
    const act = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({ kind: fc.constant('push' as const), any: fc.integer({ min: 1, max: 300 }) }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constantFrom('shift', 'back'), any: fc.integer({ min: 1, max: 200 }) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('take' as const), any: fc.nat(100_000) }) },
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40, size: 'max' }), (acts) => {
        const line = new ReadyLine<number>(dirtyBytes);
        let held: (readonly [number, number])[] = [];
        const away: (readonly [number, number])[] = [];
        let number = 0;
        for (const { kind, any } of acts) {
          if (kind === 'push') {
            for (let count = 0; count < any; count++) held.push([line.push(restored(++number)), number]);
          } else if (kind === 'shift') {
            for (const [place, first] of held.splice(0, any)) {
              expect(line.front()).toBe(place);
              expect(numberOf(take(line, place)!)).toBe(first);
              away.push([place, first]);
            }
          } else if (kind === 'back') {
            for (const [place, gone] of away.splice(any % (away.length + 1), any)) {
              line.putBack(place, restored(gone));
              held.push([place, gone]);
            }
            held.sort(([one], [other]) => one - other);
          } else {
            const [[place, gone] = [999_999, undefined]] = held.splice(any % (held.length + 1), 1);
            const taken = take(line, place);
            expect(taken && numberOf(taken)).toBe(gone);
            expect([line.at(place), line.remove(place)]).toEqual([undefined, false]);
          }
          expect([line.size, line.front()]).toEqual([held.length, held[0]?.[0] ?? 0]);
        }
        expect(listed(line)).toEqual(held);
        const expected = held.map(([, itsNumber]) => restored(itsNumber));
        expect(Array.from(line.after(0), ([, found]) => found)).toEqual(expected);
        const middle = held[held.length >> 1]?.[0] ?? 0;
        held = held.filter(([place]) => place > middle);
        expect(listed(line, middle)).toEqual(held);
      }),
      { numRuns: 60 },
    );
  });

  it('finds its front after it ran empty anywhere', () => {
    for (let count = 1; count < 300; count++) {
      const line = new ReadyLine<number>(dirtyBytes);
      for (let number = 0; number < count; number++) line.remove(line.push(entry(record(number))));
      const [first, second] = [line.push(entry(record(1))), line.push(entry(record(2)))];
      line.remove(first);
      expect([line.front(), listed(line)]).toEqual([second, [[second, 2]]]);
    }
  });

  it('gives marks and positions back with their items only', () => {
    const line = new ReadyLine<string>(dirtyBytes);
    const places = [line.push(entry(record(1))), line.push({ record: record(2), mark: 'from the store', position: 7 })];
    const origins = places.map((place) => [line.at(place)?.mark, line.at(place)?.position]);
    expect(origins).toEqual([
      [undefined, -1],
      ['from the store', 7],
    ]);
    line.remove(places[1]!);
    line.putBack(places[1]!, entry(record(3)));
    expect(line.at(places[1]!)).toEqual(entry(record(3)));
  });

  it('goes on from place to place while it changes', () => {
    const line = new ReadyLine<number>(dirtyBytes);
    for (let number = 0; number < 500; number++) line.push(entry(record(number)));
    const seen: number[] = [];
    for (const [place, { record: bytes }] of line.after(0)) {
      seen.push(numberOf(bytes));
      for (let other = place; other < place + 3; other++) line.remove(other);
      if (seen.length < 5) line.push(entry(record(1_000 + seen.length)));
    }
    expect(seen.slice(0, 3)).toEqual([0, 3, 6]);
    expect(seen.at(-1)).toBeGreaterThan(1_000);
    expect(line.size).toBe(0);
  });

  it('copies records, and lets go of long ones with their item', () => {
    const line = new ReadyLine<number>(dirtyBytes);
    const [short, long] = [record(1, 100), record(2, 20_000)];
    const [first, second] = [line.push(entry(short)), line.push(entry(long.subarray(0, 10_000)))];
    short.fill(0);
    long.fill(0);
    expect([first, second].map((place) => numberOf(line.at(place)!.record))).toEqual([1, 2]);
    expect(line.slabBytes).toBe(65_536 + 10_000);
    line.remove(second);
    expect(line.slabBytes).toBe(65_536);
  });

  it('gives out views that stay right when others come and go, whose bytes are let go', () => {
    const line = new ReadyLine<number>(dirtyBytes);
    const view = take(line, line.push(entry(record(7, 1_000))))!;
    for (let number = 0; number < 1_000; number++) line.remove(line.push(entry(record(number, 1_000))));
    expect(numberOf(view)).toBe(7);
    expect(line.slabBytes).toBe(65_536);
  });

  it('takes three times what its items need at most, and a megabyte, when one in a hundred stays', () => {
    const line = new ReadyLine<number>(dirtyBytes);
    const kept: [number, number][] = [];
    let bytes = 0;
    let worst = 0;
    for (let number = 0; number < 200_000; number++) {
      const length = 50 + (number % 200);
      const place = line.push(entry(record(number, length)));
      if (number % 100 !== 0) line.remove(place);
      else {
        kept.push([place, number]);
        bytes += length;
      }
      worst = Math.max(worst, line.slabBytes - 3 * bytes);
    }
    // One slab more is being filled, and a sweep takes a block at a time.
    expect(worst).toBeLessThan(2 * 1_048_576);
    expect(listed(line)).toEqual(kept);
  });

  describe('with records that are handed over', () => {
    /** As a store reads them: one behind the other in one buffer, with something in front of each; then somewhere in it. */
    const chunk = (first: number, count: number, size = 60_000): Uint8Array[] => {
      const bytes = new Uint8Array(size);
      return Array.from({ length: count }, (_, index) => {
        const part = bytes.subarray(index * 300 + 8, (index + 1) * 300);
        new DataView(bytes.buffer).setUint32(part.byteOffset, first + index);
        return part;
      });
    };
    const takeAll = (line: ReadyLine<number>, records: Uint8Array[]): number[] =>
      records.map((bytes) => line.push(entry(bytes), true));
    const isIn = (line: ReadyLine<number>, place: number, records: Uint8Array[]): boolean =>
      line.at(place)!.record.buffer === records[0]!.buffer;

    it('leaves them where they are once they came close together, and copies them where they lie alone', () => {
      const line = new ReadyLine<number>(dirtyBytes);
      const chunks = [chunk(0, 200), chunk(200, 200), chunk(400, 5), chunk(405, 195), chunk(600, 200)];
      const places = chunks.map((records) => takeAll(line, records));
      // What one holds is known when the next one comes.
      const stays = chunks.map((records, index) => isIn(line, places[index]![0]!, records));
      expect(stays).toEqual([false, true, true, false, true]);
      expect(listed(line).map(([, number]) => number)).toEqual(Array.from({ length: 800 }, (_, number) => number));
      expect(line.at(places[1]![7]!)).toEqual(entry(Uint8Array.from(chunks[1]![7]!)));
    });

    it('copies those that have a small buffer or lie in a large one', () => {
      const line = new ReadyLine<number>(dirtyBytes);
      takeAll(line, chunk(0, 200));
      const small = chunk(200, 1, 300);
      const large = chunk(201, 300, 90_000);
      for (const records of [small, large]) expect(isIn(line, takeAll(line, records)[0]!, records)).toBe(false);
      const next = chunk(501, 200);
      expect(isIn(line, takeAll(line, next)[0]!, next)).toBe(true);
      expect(listed(line).map(([, number]) => number)).toEqual(Array.from({ length: 701 }, (_, number) => number));
    });

    it('lets go of a buffer with the last of its items, and of one that is kept for few', () => {
      const line = new ReadyLine<number>(dirtyBytes);
      let bytes = 0;
      const kept: [number, number][] = [];
      for (let first = 0; first < 40_000; first += 200) {
        for (const [index, place] of takeAll(line, chunk(first, 200)).entries()) kept.push([place, first + index]);
      }
      const full = line.slabBytes;
      for (const [place] of kept.splice(0, 20_000)) line.remove(place);
      expect(line.slabBytes).toBeLessThan(full / 2 + 65_536);
      for (let index = kept.length - 1; index >= 0; index--) {
        if (index % 100 === 0) bytes += 292;
        else line.remove(kept.splice(index, 1)[0]![0]);
      }
      expect(line.slabBytes).toBeLessThan(3 * bytes + 2 * 1_048_576);
      expect(listed(line)).toEqual(kept);
    });
  });

  it('starts anew after it was cleared, with places that no one had', () => {
    const line = new ReadyLine<number>(dirtyBytes);
    const before = [line.push(entry(record(1))), line.push(entry(record(2)))];
    line.clear();
    expect([line.size, line.front(), line.slabBytes, listed(line)]).toEqual([0, 0, 0, []]);
    expect(line.push(entry(record(3)))).toBeGreaterThan(before[1]!);
    expect(listed(line, before[1])).toHaveLength(1);
  });
});
