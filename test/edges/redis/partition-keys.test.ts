import { Command } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { addressOfMember, indexMember, PartitionKeys } from '../../../src/edges/redis/partition-keys.ts';
import type { PartitionAddress } from '../../../src/ports/queue-store.ts';

const slotOf = (key: string) => new Command('get', [key]).getSlot();

describe('PartitionKeys', () => {
  const names = ['calls', 'a:b', '{', '}', 'a}b', '{}', '{a}', ':'];

  it.each(names)('puts all keys of a partition into one slot, whatever the queue is called: %s', (queue) => {
    const keys = new PartitionKeys({ cluster: 'test', queue, partition: '0' });
    const all = [keys.meta, keys.journal, ...keys.probe, keys.generation(3), keys.staging(7, 'save {1}')];
    expect(new Set(all.map(slotOf)).size).toBe(1);
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('indexMember', () => {
  it.each<PartitionAddress>([
    { cluster: 'test', queue: 'calls', partition: '0' },
    { cluster: 'test', queue: 'a:b:c', partition: 'kdmq-0' },
    { cluster: 'test', queue: ':', partition: '0' },
  ])('is read back: %o', (address) => {
    expect(addressOfMember('test', indexMember(address))).toEqual(address);
  });

  it.each(['', 'calls', ':0', 'calls:'])('is not written so: "%s"', (member) => {
    expect(addressOfMember('test', member)).toBeUndefined();
  });
});
