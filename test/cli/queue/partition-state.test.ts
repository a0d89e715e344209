import { describe, expect, it } from 'vitest';
import { partitionStates } from '../../../src/cli/queue/partition-state.ts';
import { tableOf } from '../../../src/cli/table.ts';
import { count, inUnits, listed } from '../../../src/cli/words.ts';
import type { PartitionView } from '../../../src/ports/queue-store.ts';

const view: PartitionView = {
  address: { cluster: 'kdmq', queue: 'calls', partition: '0' },
  epoch: 1,
  owner: 'kdmq-0-abc',
  items: 3,
  journal: 0,
  quietMs: 5_000,
  adopter: undefined,
};

describe('what a partition looks like', () => {
  it.each<[string, Partial<PartitionView>]>([
    ['served', {}],
    ['served', { items: 0 }],
    ['served', { adopter: '1' }],
    ['served', { quietMs: 60_000 }],
    ['orphan', { quietMs: 60_001 }],
    ['orphan', { quietMs: 60_001, owner: undefined }],
    ['orphan', { quietMs: 60_001, items: 0, journal: 1 }],
    ['empty', { quietMs: 60_001, items: 0 }],
    ['empty', { owner: undefined, items: 0 }],
    ['stopped', { owner: undefined }],
    ['waits', { owner: undefined, adopter: '1' }],
    ['orphan', { quietMs: 60_001, adopter: '1' }],
  ])('%s: %j', (state, parts) => {
    const seen = { ...view, ...parts };
    expect(partitionStates([seen], 60_000)(seen)).toBe(state);
  });

  it.each<[string, Partial<PartitionView>]>([
    ['waits', {}],
    ['waits', { owner: undefined }],
    ['orphan', { quietMs: 60_001 }],
    ['orphan', { address: { ...view.address, queue: 'bills', partition: '1' } }],
  ])('%s: quiet for long and assigned, and of its adopter %j', (state, parts) => {
    const seen = { ...view, quietMs: 60_001, adopter: '1' };
    const adopter = { ...view, address: { ...view.address, partition: '1' }, items: 0, ...parts };
    expect(partitionStates([adopter, seen], 60_000)(seen)).toBe(state);
  });
});

describe('words for people', () => {
  it.each([
    [0, '0 s'],
    [999, '0 s'],
    [3_400, '3 s'],
    [119_000, '119 s'],
    [120_000, '2 min'],
    [7_199_000, '119 min'],
    [7_200_000, '2 h'],
    [172_800_000, '2 d'],
  ])('%i ms are %s', (ms, words) => {
    expect(inUnits(ms)).toBe(words);
  });

  it('count and list', () => {
    expect([count(1, 'item'), count(1_204, 'item'), count(2, 'row has', 'rows have')]).toEqual([
      '1 item',
      '1,204 items',
      '2 rows have',
    ]);
    expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])]).toEqual([
      '',
      'a',
      'a and b',
      'a, b and c',
    ]);
  });

  it('stand in columns, numbers to the right', () => {
    expect(
      tableOf(
        [
          ['QUEUE', 'ITEMS', 'X'],
          ['q', '12', ''],
          ['longer', '3', 'y'],
        ],
        ['ITEMS'],
      ),
    ).toBe('QUEUE   ITEMS  X\nq          12\nlonger      3  y\n');
  });
});
