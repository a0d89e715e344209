import { describe, expect, it } from 'vitest';
import { ByteBudget } from '../../../src/core/mqueue/byte-budget.ts';
import { itemValue, writeItem } from '../../../src/core/mqueue/item-record.ts';
import { Mqueue, type QueueEntry } from '../../../src/core/mqueue/mqueue.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const values = (entries: Iterable<QueueEntry<string>>): string[] =>
  [...entries].map(({ record }) => new TextDecoder().decode(itemValue(record)));

function queueOf(...items: readonly (readonly [value: string, mark: string, dueAt?: number])[]): Mqueue<string> {
  const limits = { size: 0, maxBytes: 1_000_000, addMode: 'append', whenFull: 'refuse', ttlMs: 0 } as const;
  const queue = new Mqueue<string>(limits, new ByteBudget(1_000_000));
  for (const [value, mark, dueAt = 0] of items) {
    const record = writeItem({ epoch: 1, sequence: 7, addedAt: 0, dueAt, key: bytes('k'), value: bytes(value) });
    queue.add({ record, mark, position: 0 }, 0);
  }
  return queue;
}

describe('items of two partitions that have the same id', () => {
  it('are removed one by one by the entry of a lease that is over', () => {
    const queue = queueOf(['first', 'a'], ['second', 'b']);
    queue.lease(0, 100);
    const second = queue.lease(0, 10)!;
    expect(values(queue.expireLeases(10))).toEqual(['second']);
    expect(queue.remove(second)?.mark).toBe('b');
    expect(queue.remove(second)).toBeUndefined();
    expect(values(queue.all())).toEqual(['first']);
  });

  it('are removed by what they are marked with, wherever they are', () => {
    const queue = queueOf(['1', 'a'], ['2', 'b'], ['3', 'a'], ['4', 'b'], ['5', 'a', 50], ['6', 'b', 60]);
    queue.lease(0, 100);
    queue.lease(0, 100);
    expect(values(queue.removeWhere(({ mark }) => mark === 'b')).toSorted()).toEqual(['2', '4', '6']);
    expect(values(queue.all())).toEqual(['1', '3', '5']);
    expect([queue.size, queue.leased, queue.delayed]).toEqual([1, 1, 1]);
  });
});
