import { describe, expect, it } from 'vitest';
import { inRuns, packedBytes, packInto } from '../../../src/edges/redis/pack-records.ts';

const of = (...sizes: number[]) => sizes.map((size) => new Uint8Array(size).fill(7));

describe('packInto', () => {
  it('writes a MessagePack array of strings, as long as packedBytes says', () => {
    const target = Buffer.alloc(packedBytes([Uint8Array.of(1, 2), new Uint8Array(0)]) + 2, 0xff);
    packInto(target, 1, [Uint8Array.of(1, 2), new Uint8Array(0)]);
    expect(target.toString('hex')).toBe('ffdd00000002db000000020102db00000000ff');
  });

  it('writes an empty array', () => {
    const target = Buffer.alloc(packedBytes([]));
    packInto(target, 0, []);
    expect(target.toString('hex')).toBe('dd00000000');
  });
});

describe('inRuns', () => {
  const runs = (sizes: number[], maxRecords: number, maxBytes: number) => {
    return [...inRuns(of(...sizes), maxRecords, maxBytes)].map(({ at, records }) => [at, records.length]);
  };

  it.each([
    { what: 'nothing', sizes: [], wanted: [] },
    { what: 'all in one', sizes: [1, 1, 1], wanted: [[0, 3]] },
    {
      what: 'by number',
      sizes: [1, 1, 1, 1, 1, 1, 1],
      wanted: [
        [0, 3],
        [3, 3],
        [6, 1],
      ],
    },
    {
      what: 'by bytes',
      sizes: [60, 60, 10],
      wanted: [
        [0, 1],
        [1, 2],
      ],
    },
    {
      what: 'one that is too big alone',
      sizes: [1, 500, 1],
      wanted: [
        [0, 1],
        [1, 1],
        [2, 1],
      ],
    },
    {
      what: 'empty records count too',
      sizes: [0, 0, 0, 0],
      wanted: [
        [0, 3],
        [3, 1],
      ],
    },
  ])('cuts $what', ({ sizes, wanted }) => {
    expect(runs(sizes, 3, 100)).toEqual(wanted);
  });
});
