import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineHeap } from '../../../src/core/mqueue/deadline-heap.ts';

interface Thing {
  readonly rank: number;
  readonly at: number;
  heapIndex: number;
}

describe('the deadline heap', () => {
  it('gives what is due, the earliest first, the lower rank first among equals', () => {
    const things = fc.array(fc.nat(20), { maxLength: 100, size: 'max' });
    fc.assert(
      fc.property(
        things,
        fc.array(fc.nat(1_000), { maxLength: 60, size: 'max' }),
        fc.nat(20),
        (times, removals, now) => {
          const heap = new DeadlineHeap<Thing>();
          let expected = times.map((at, rank): Thing => ({ at, rank, heapIndex: -1 }));
          for (const thing of expected) heap.push(thing, thing.at);
          for (const any of removals) {
            const thing = expected[any % expected.length];
            if (thing === undefined) break;
            expect([heap.remove(thing), heap.remove(thing), heap.has(thing)]).toEqual([true, false, false]);
            expected = expected.filter((other) => other !== thing);
          }
          expected.sort((one, other) => one.at - other.at || one.rank - other.rank);
          expect(heap.sorted()).toEqual(expected);
          expect([heap.size, heap.first, heap.firstAt]).toEqual([expected.length, expected[0], expected[0]?.at]);
          const due: (Thing | undefined)[] = [];
          do due.push(heap.popDue(now));
          while (due.at(-1) !== undefined);
          expect(due.slice(0, -1)).toEqual(expected.filter(({ at }) => at <= now));
          expect(heap.sorted()).toEqual(expected.filter(({ at }) => at > now));
        },
      ),
    );
  });

  it('holds nothing after it was cleared', () => {
    const heap = new DeadlineHeap<Thing>();
    const thing = { at: 1, rank: 1, heapIndex: -1 };
    heap.push(thing, 1);
    heap.clear();
    expect([heap.size, heap.firstAt, heap.has(thing), heap.remove(thing)]).toEqual([0, undefined, false, false]);
  });
});
