import { describe, expect, it } from 'vitest';
import { ByteBudget } from '../../../src/core/mqueue/byte-budget.ts';
import { itemDeliveries, itemId, setItemDeliveries, writeItem } from '../../../src/core/mqueue/item-record.ts';
import { itemOverheadBytes, Mqueue, type MqueueLimits, type QueueEntry } from '../../../src/core/mqueue/mqueue.ts';
import { entry, ids, item, parts } from './records.ts';

const unlimited: MqueueLimits = { size: 0, maxBytes: 1e9, addMode: 'append', whenFull: 'drop_oldest', ttlMs: 0 };
const newQueue = (limits: Partial<MqueueLimits> = {}, budget = new ByteBudget(1e9)): Mqueue<string> =>
  new Mqueue<string>({ ...unlimited, ...limits }, budget);

function filled(count: number, limits?: Partial<MqueueLimits>): Mqueue<string> {
  const queue = newQueue(limits);
  for (let sequence = 1; sequence <= count; sequence++) queue.add(entry(sequence, { key: `${sequence}` }), 0);
  return queue;
}

function fetchAll(queue: Mqueue<string>, now = 0): string[] {
  const fetched: QueueEntry<string>[] = [];
  for (let next = queue.fetch(now); next !== undefined; next = queue.fetch(now)) fetched.push(next);
  return ids(fetched);
}

describe('a queue', () => {
  it('gives items in the order in which they came, with their marks', () => {
    const queue = newQueue();
    queue.restore({ record: item(1), mark: 'from the store', position: 4 }, 0);
    queue.add(entry(2), 0);
    expect(queue.fetch(0)?.mark).toBe('from the store');
    expect(queue.fetch(0)?.mark).toBeUndefined();
    expect(queue.fetch(0)).toBeUndefined();
  });

  it('keeps what was added, whatever becomes of the bytes that were handed over', () => {
    const queue = newQueue();
    const [ready, delayed] = [item(1, { value: 'one' }), item(2, { value: 'two', dueAt: 5 })];
    for (const record of [ready, delayed]) {
      queue.add({ record, mark: undefined, position: -1 }, 0);
      record.fill(0);
    }
    expect(fetchAll(queue, 5)).toEqual(['1-1', '1-2']);
  });

  it.each([0, 10, 1_000, 10_000])('makes the record of a new item with %i bytes itself, ready or delayed', (length) => {
    for (const dueAt of [0, 5]) {
      const queue = newQueue({ addMode: 'replace' });
      const made = parts(1, { key: 'k', value: 'v'.repeat(length), addedAt: 3, dueAt });
      const record = Uint8Array.from(writeItem(made));
      expect(queue.addNew(made, 0).kind).toBe('added');
      made.value.fill(0);
      expect([queue.bytes, queue.delayed]).toEqual([record.length, dueAt === 0 ? 0 : 1]);
      expect(queue.fetch(5)?.record).toEqual(record);
    }
  });

  it('takes no new item of which no record can be made', () => {
    const queue = newQueue();
    expect(() => queue.addNew({ ...parts(1), sequence: -1 }, 0)).toThrow(RangeError);
    expect([queue.size, queue.bytes]).toEqual([0, 0]);
  });

  it.each([10, 1_000, 10_000])('takes Buffers as stores give them, of %i bytes, and gives plain bytes', (length) => {
    for (const dueAt of [0, 5]) {
      const queue = newQueue();
      const written = item(1, { key: 'k', value: 'v'.repeat(length), dueAt });
      const record = Buffer.from(Uint8Array.from(written).buffer);
      queue.restore({ record, mark: undefined, position: -1 }, 0);
      const leased = queue.lease(5, 10)!;
      expect(leased.record).toStrictEqual(Uint8Array.from(written));
      setItemDeliveries(leased.record, 3);
      queue.nack(leased);
      const fetched = queue.fetch(5)!.record;
      expect([fetched.constructor, itemDeliveries(fetched)]).toEqual([Uint8Array, 3]);
    }
  });

  it('says when its first item was added', () => {
    const queue = newQueue();
    expect(queue.oldestAddedAt()).toBeUndefined();
    queue.add(entry(1, { addedAt: 40 }), 0);
    queue.add(entry(2, { addedAt: 30 }), 0);
    expect(queue.oldestAddedAt()).toBe(40);
  });

  it('is empty after clear, of delayed and leased items too, and gives the bytes back', () => {
    const budget = new ByteBudget(10_000);
    const queue = newQueue({ addMode: 'keep_old' }, budget);
    queue.add(entry(1, { key: 'a' }), 0);
    queue.add(entry(2, { key: 'b' }), 0);
    queue.add(entry(3, { key: 'c', dueAt: 9 }), 0);
    const leased = queue.lease(0, 9)!;
    expect(ids(queue.clear())).toEqual(['1-1', '1-2', '1-3']);
    expect([queue.size, queue.leased, queue.delayed, queue.bytes, budget.used]).toEqual([0, 0, 0, 0, 0]);
    expect([queue.ack(leased), queue.nextEventAt(), queue.fetch(9)]).toEqual([undefined, undefined, undefined]);
    expect(queue.add(entry(4, { key: 'a' }), 0).kind).toBe('added');
  });
});

describe('unique keys', () => {
  it('keep the old item, wherever it is', () => {
    const queue = newQueue({ addMode: 'keep_old' });
    queue.add(entry(1, { key: 'ready' }), 0);
    queue.lease(0, 10);
    queue.add(entry(2, { key: 'delayed', dueAt: 10 }), 0);
    for (const key of ['ready', 'delayed']) expect(queue.add(entry(3, { key }), 0).kind).toBe('kept');
    queue.expireLeases(10);
    expect(queue.add(entry(4, { key: 'ready' }), 10).kind).toBe('kept');
    expect(fetchAll(queue, 10)).toEqual(['1-1', '1-2']);
    expect(queue.add(entry(5, { key: 'ready' }), 10).kind).toBe('added');
  });

  it('drop the old item and put the new one behind all others', () => {
    const queue = filled(3, { addMode: 'replace' });
    const outcome = queue.add(entry(4, { key: '2' }), 0);
    expect(outcome.kind === 'replaced' && ids([outcome.old])).toEqual(['1-2']);
    expect(fetchAll(queue)).toEqual(['1-1', '1-3', '1-4']);
  });

  it('take a leased item away from who has it', () => {
    const queue = filled(1, { addMode: 'replace' });
    const leased = queue.lease(0, 10)!;
    expect(queue.add(entry(2, { key: '1' }), 0).kind).toBe('replaced');
    expect([queue.ack(leased), queue.ack(itemId(leased.record))]).toEqual([undefined, undefined]);
    expect([queue.leased, fetchAll(queue)]).toEqual([0, ['1-2']]);
  });

  it('are told apart by every byte, and by their end', () => {
    const queue = newQueue({ addMode: 'keep_old' });
    const keys = ['', '\0', '\0\0', 'a', 'a\0', 'ab', 'é', `${'x'.repeat(9_000)}1`, `${'x'.repeat(9_000)}2`];
    keys.forEach((key, sequence) => {
      expect(queue.add(entry(sequence, { key, value: 'b' }), 0).kind).toBe('added');
    });
    for (const key of keys) expect(queue.add(entry(99, { key }), 0).kind).toBe('kept');
  });
});

describe('a full queue', () => {
  it('drops the oldest and says why', () => {
    const queue = filled(3, { size: 3 });
    const outcome = queue.add(entry(4), 0);
    expect(outcome).toMatchObject({ kind: 'added', droppedFor: 'size' });
    expect(outcome.kind === 'added' && ids(outcome.dropped)).toEqual(['1-1']);
    expect(fetchAll(queue)).toEqual(['1-2', '1-3', '1-4']);
  });

  it('refuses where that is asked for, and stays as it is', () => {
    const queue = filled(3, { size: 3, whenFull: 'refuse' });
    expect(queue.add(entry(4), 0)).toEqual({ kind: 'refused', why: 'size' });
    expect(fetchAll(queue)).toEqual(['1-1', '1-2', '1-3']);
  });

  it('counts bytes as well as items', () => {
    const bytes = item(1, { value: 'x'.repeat(100) }).length;
    const queue = newQueue({ maxBytes: 2 * bytes });
    for (const sequence of [1, 2]) queue.add(entry(sequence, { value: 'x'.repeat(100) }), 0);
    expect(queue.add(entry(3, { value: 'x' }), 0)).toMatchObject({ kind: 'added', droppedFor: 'bytes' });
    expect(queue.add(entry(4, { value: 'x'.repeat(300) }), 0)).toEqual({ kind: 'refused', why: 'too_large' });
    expect(fetchAll(queue)).toEqual(['1-2', '1-3']);
  });

  it('shares the bytes of the process: an item costs its record and what stands beside it', () => {
    const one = item(1).length + itemOverheadBytes;
    const budget = new ByteBudget(3 * one);
    const [greedy, other] = [newQueue({}, budget), newQueue({}, budget)];
    for (const sequence of [1, 2]) greedy.add(entry(sequence), 0);
    other.add(entry(1), 0);
    expect(other.add(entry(2), 0)).toMatchObject({ kind: 'added', droppedFor: 'total_bytes' });
    expect(fetchAll(other)).toEqual(['1-2']);
    greedy.add(entry(3), 0);
    expect(other.add(entry(3), 0)).toEqual({ kind: 'refused', why: 'total_bytes' });
    expect(other.restore(entry(3), 0)).toEqual({ kind: 'refused', why: 'total_bytes' });
    expect(greedy.size).toBe(3);
  });

  it('never drops a leased item, and drops delayed ones after the ready ones', () => {
    const queue = filled(2, { size: 3 });
    const leased = queue.lease(0, 100)!;
    queue.add(entry(3, { dueAt: 50 }), 0);
    expect(queue.add(entry(4, { dueAt: 40 }), 0)).toMatchObject({ droppedFor: 'size' });
    expect(queue.add(entry(5), 0)).toMatchObject({ droppedFor: 'size' });
    expect(ids(queue.all())).toEqual(['1-1', '1-5', '1-3']);
    for (let count = 0; count < 2; count++) queue.lease(60, 100);
    expect(queue.add(entry(6), 60)).toEqual({ kind: 'refused', why: 'size' });
    queue.ack(leased);
    expect(queue.add(entry(6), 60).kind).toBe('added');
  });

  it('has room for an item that takes the place of its old one', () => {
    const queue = filled(3, { size: 3, addMode: 'replace', whenFull: 'refuse' });
    for (const leased of [undefined, queue.lease(0, 9)]) {
      const key = leased === undefined ? '2' : '1';
      expect(queue.add(entry(4, { key }), 0).kind).toBe('replaced');
    }
    const dropping = filled(1, { size: 1, addMode: 'replace' });
    dropping.lease(0, 9);
    expect(dropping.add(entry(2, { key: '1' }), 0)).toMatchObject({ kind: 'replaced', dropped: [] });
  });

  it('takes back all that was stored, although limits shrank; the next add drops what is over', () => {
    const queue = newQueue({ size: 2 });
    for (let sequence = 1; sequence <= 5; sequence++) expect(queue.restore(entry(sequence), 0).kind).toBe('added');
    expect(queue.size).toBe(5);
    const outcome = queue.add(entry(6), 0);
    expect(outcome.kind === 'added' && ids(outcome.dropped)).toEqual(['1-1', '1-2', '1-3', '1-4']);
  });
});

describe('delayed items', () => {
  it('come behind the ready ones when they are due, in the order in which they are', () => {
    const queue = newQueue();
    queue.add(entry(1, { dueAt: 20 }), 0);
    queue.add(entry(2, { dueAt: 10 }), 0);
    queue.add(entry(3, { dueAt: 10 }), 0);
    queue.add(entry(4), 0);
    expect([queue.size, queue.delayed, queue.nextEventAt()]).toEqual([1, 3, 10]);
    expect(fetchAll(queue, 9)).toEqual(['1-4']);
    queue.add(entry(5), 15);
    expect(fetchAll(queue, 20)).toEqual(['1-2', '1-3', '1-5', '1-1']);
  });

  it('are ready at once when they are due already', () => {
    const queue = newQueue();
    queue.add(entry(1, { dueAt: 10 }), 10);
    expect([queue.size, queue.delayed]).toEqual([1, 0]);
  });
});

describe('leases', () => {
  it('end with ack, once', () => {
    const queue = filled(2);
    const leased = queue.lease(0, 10)!;
    expect([queue.size, queue.leased, queue.nextEventAt()]).toEqual([1, 1, 10]);
    expect(ids([queue.ack(leased)!])).toEqual(['1-1']);
    expect([queue.ack(leased), queue.nack(leased), queue.leased]).toEqual([undefined, undefined, 0]);
    expect(fetchAll(queue)).toEqual(['1-2']);
  });

  it('can be ended by id, but not before they began', () => {
    const queue = filled(1);
    const id = { epoch: 1, sequence: 1 };
    expect([queue.ack(id), queue.nack(id)]).toEqual([undefined, undefined]);
    queue.lease(0, 10);
    expect(ids([queue.nack(id)!])).toEqual(['1-1']);
    queue.lease(0, 10);
    expect(ids([queue.ack(id)!])).toEqual(['1-1']);
  });

  it('that are over or given back leave their items in the old order, in front', () => {
    const queue = filled(6);
    const leases = [50, 10, 30, 20].map((until) => queue.lease(0, until)!);
    queue.nack(leases[2]!);
    expect(ids(queue.expireLeases(20))).toEqual(['1-2', '1-4']);
    expect(ids(queue.expireLeases(50))).toEqual(['1-1']);
    expect(fetchAll(queue)).toEqual(['1-1', '1-2', '1-3', '1-4', '1-5', '1-6']);
  });

  it('that end at once give their items oldest first, whichever ends first', () => {
    const queue = filled(4);
    for (const until of [40, 10, 30, 20]) queue.lease(0, until);
    expect(ids(queue.expireLeases(40))).toEqual(['1-1', '1-2', '1-3', '1-4']);
  });

  it('are told apart: who had the item before can neither end nor give back the next lease', () => {
    const queue = filled(1);
    const first = queue.lease(0, 10)!;
    queue.expireLeases(10);
    const second = queue.lease(10, 20)!;
    expect([queue.ack(first), queue.nack(first)]).toEqual([undefined, undefined]);
    expect(ids([queue.ack(second)!])).toEqual(['1-1']);
  });

  it('are told apart where two partitions have the same ids', () => {
    const queue = newQueue();
    for (const mark of ['ours', 'adopted']) queue.restore({ record: item(1), mark, position: 0 }, 0);
    const leases = [queue.lease(0, 10)!, queue.lease(0, 10)!];
    expect(queue.ack(leases[1]!)?.mark).toBe('adopted');
    expect(queue.ack(leases[0]!)?.mark).toBe('ours');
  });

  it('mean nothing to another queue, nor does an item that was not leased', () => {
    const [queue, other] = [filled(2), filled(2)];
    const leased = queue.lease(0, 10)!;
    other.lease(0, 10);
    expect([other.ack(leased), queue.ack(queue.fetch(0)!)]).toEqual([undefined, undefined]);
  });

  it('can be given back for later', () => {
    const queue = filled(2);
    const leased = queue.lease(0, 10)!;
    queue.nack(leased, 30);
    expect([queue.size, queue.delayed, queue.leased, queue.nextEventAt()]).toEqual([1, 1, 0, 30]);
    expect(fetchAll(queue, 30)).toEqual(['1-2', '1-1']);
  });

  it('remember deliveries that were set in their record', () => {
    const queue = filled(1);
    setItemDeliveries(queue.lease(0, 10)!.record, 1);
    queue.expireLeases(10);
    expect(itemDeliveries(queue.lease(10, 20)!.record)).toBe(1);
  });
});

describe('the time to live', () => {
  it('ends at the front, and what is leased does not see it', () => {
    const queue = newQueue({ ttlMs: 100 });
    for (const [sequence, addedAt] of [10, 20, 200, 30].entries()) queue.add(entry(sequence, { addedAt }), addedAt);
    queue.lease(200, 1_000);
    expect(queue.nextEventAt()).toBe(120);
    expect(ids(queue.expireItems(119))).toEqual([]);
    expect(ids(queue.expireItems(250))).toEqual(['1-1']);
    expect(ids(queue.expireItems(300))).toEqual(['1-2', '1-3']);
    queue.expireLeases(1_000);
    expect(ids(queue.expireItems(1_000))).toEqual(['1-0']);
  });

  it('is endless when it is 0', () => {
    const queue = filled(1);
    expect([queue.expireItems(1e15), queue.nextEventAt()]).toEqual([[], undefined]);
  });
});

describe('a look into a queue', () => {
  it('goes page by page, over what is left, and over what came since', () => {
    const queue = filled(5);
    const first = queue.peek(undefined, 2);
    expect(ids(first.entries)).toEqual(['1-1', '1-2']);
    for (let count = 0; count < 3; count++) queue.fetch(0);
    queue.add(entry(6), 0);
    const second = queue.peek(first.next, 2);
    expect(ids(second.entries)).toEqual(['1-4', '1-5']);
    expect(queue.peek(second.next, 2)).toMatchObject({ next: undefined });
    expect(ids(queue.peek(second.next, 2).entries)).toEqual(['1-6']);
    expect(queue.peek(undefined, 3).next).toBeUndefined();
  });

  it('finds what came after it was cleared', () => {
    const queue = filled(500);
    const { next } = queue.peek(undefined, 400);
    queue.clear();
    queue.add(entry(501), 0);
    expect(ids(queue.peek(next, 400).entries)).toEqual(['1-501']);
  });

  it('for a save sees the leased and the ready in their places, then the delayed', () => {
    const queue = filled(3);
    queue.add(entry(4, { dueAt: 90 }), 0);
    queue.add(entry(5, { dueAt: 80 }), 0);
    const first = queue.lease(0, 60)!;
    queue.lease(0, 50);
    queue.nack(first);
    expect(ids(queue.all())).toEqual(['1-1', '1-2', '1-3', '1-5', '1-4']);
    for (const until of [60, 70]) queue.lease(0, until);
    expect(ids(queue.all())).toEqual(['1-1', '1-2', '1-3', '1-5', '1-4']);
  });
});

describe('an item that is removed by its id', () => {
  it('goes wherever it is, and is not found again', () => {
    const queue = filled(4, { addMode: 'keep_old' });
    queue.add(entry(5, { key: '5', dueAt: 50 }), 0);
    queue.lease(0, 10);
    const removed = [3, 1, 5, 2, 3, 99].map((sequence) => queue.remove({ epoch: 1, sequence }));
    expect(removed.map((one) => one && ids([one])[0])).toEqual(['1-3', '1-1', '1-5', '1-2', undefined, undefined]);
    expect([queue.size, queue.leased, queue.delayed]).toEqual([1, 0, 0]);
    expect(queue.add(entry(6, { key: '3' }), 0).kind).toBe('added');
  });

  it('is found after thousands of adds and fetches, and among a hundred thousand at once', () => {
    const queue = filled(100_000);
    expect(queue.remove({ epoch: 1, sequence: 50_000 })).toBeDefined();
    for (let sequence = 1; sequence < 50_000; sequence++) queue.remove({ epoch: 1, sequence: 100_001 - sequence });
    expect(queue.size).toBe(50_000);
    for (let sequence = 100_001; sequence < 250_000; sequence++) {
      queue.add(entry(sequence), 0);
      queue.fetch(0);
    }
    expect(ids([queue.remove({ epoch: 1, sequence: 249_990 })!])).toEqual(['1-249990']);
  });
});
