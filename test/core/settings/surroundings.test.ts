import { describe, expect, it } from 'vitest';
import {
  derivedPartition,
  derivedTotalBytes,
  leastMemoryLimit,
  type SurroundingVariables,
} from '../../../src/core/settings/surroundings.ts';

describe('the partition', () => {
  const partition = (environment: SurroundingVariables, hostName?: string) =>
    derivedPartition({ environment, hostName });

  it.each([
    ['kdmq-0', '0'],
    ['kdmq-12', '12'],
    ['edge-2-kdmq-9999', '9999'],
  ])('is the ordinal of the StatefulSet pod %s: %s', (POD_NAME, value) => {
    expect(partition({ POD_NAME, HOSTNAME: POD_NAME }, POD_NAME)).toEqual({ value, from: 'POD_NAME' });
  });

  it.each(['kdmq-7d9f8b6c5-x2x9z', 'kdmq-7d9f8b6c5-24567', 'kdmq-01', 'kdmq', 'kdmq-', ''])(
    'is no part of the name of any other pod: %j',
    (POD_NAME) => {
      expect(partition({ POD_NAME }, 'vm-3')).toEqual({ value: 'vm-3', from: 'the name of the host' });
    },
  );

  it('is the name of the host, HOSTNAME first', () => {
    expect(partition({ HOSTNAME: 'kdmq-3' }, 'vm')).toEqual({ value: 'kdmq-3', from: 'HOSTNAME' });
    expect(partition({ HOSTNAME: '' }, 'vm')).toEqual({ value: 'vm', from: 'the name of the host' });
  });

  it.each([
    ['a/b:c{d} e', 'a-b-c-d--e'],
    ['x'.repeat(64), 'x'.repeat(63)],
    ['..', '-'],
  ])('made of the host name %j is %j', (hostName, value) => {
    expect(partition({}, hostName)).toMatchObject({ value });
  });

  it('is not made of nothing', () => {
    expect(partition({})).toBeUndefined();
    expect(partition({}, '')).toBeUndefined();
  });
});

describe('the memory of all queues', () => {
  it('is half of what the container may take', () => {
    const memoryLimit = 512 * 1024 ** 2 + 1;
    expect(derivedTotalBytes({ environment: {}, memoryLimit })).toEqual({
      value: 256 * 1024 ** 2,
      from: "the container's memory limit",
    });
  });

  it('is 1 GiB without a limit', () => {
    expect(derivedTotalBytes({ environment: {} })).toEqual({ value: 1024 ** 3, from: 'the lack of a memory limit' });
  });
});

describe('the memory limit of control groups', () => {
  it.each<[string, string[], number | undefined]>([
    ['none', [], undefined],
    ['none where v2 says so', ['max\n'], undefined],
    ['none where v1 says so', ['9223372036854771712\n'], undefined],
    ['the one there is', ['268435456\n'], 268_435_456],
    ['the least of all', ['max\n', '536870912\n', '268435456\n', '9223372036854771712'], 268_435_456],
    ['none that can be read', ['lots', ''], undefined],
  ])('is %s', (_, files, limit) => {
    expect(leastMemoryLimit(files)).toBe(limit);
  });
});
