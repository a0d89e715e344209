import { describe, expect, it } from 'vitest';
import { droppedMeanwhile } from '../../../src/cli/served-queue/dropped-meanwhile.ts';

const queueThatDropped = ([size, bytes, total_bytes]: readonly [number, number, number]) => ({
  name: 'q',
  state: 'ready',
  durability: 'none',
  size: 0,
  delayed: 0,
  leased: 0,
  bytes: 0,
  counts: { dropped: { size, bytes, total_bytes } },
});

describe('what a queue dropped between two looks', () => {
  it.each([
    ['is nothing when nothing was', [3, 2, 1], [3, 2, 1], 0, []],
    ['is what was added to its counts, named by the settings', [1, 1, 1], [4, 1, 2], 4, ['size', 'mqueue_total_bytes']],
    ['is what a node that was started anew has counted', [9, 0, 0], [2, 1, 0], 3, ['size', 'max_bytes']],
  ] as const)('%s', (_, before, after, items, limits) => {
    expect(droppedMeanwhile(queueThatDropped(before), queueThatDropped(after))).toEqual({ items, limits });
  });
});
