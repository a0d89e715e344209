import { describe, expect, it } from 'vitest';
import type { StoreErrorCode } from '../../src/core/mqueue/store-error.ts';
import { fate, restart, started } from './durable-world.ts';
import { all, value } from './queue-world.ts';
import { address } from './store-content.ts';

describe('a long journal', () => {
  async function withLongJournal(changes = {}) {
    const all = await started(changes);
    const { queue, world } = all;
    const add = (from: number, to: number) =>
      world.until(
        Promise.all(Array.from({ length: to - from }, (_, index) => queue.add('k', String(from + index)))),
        10,
      );
    const fetch = async (count: number) => {
      const items = await world.until(Promise.all(Array.from({ length: count }, () => queue.fetch())), 10);
      return items.map(value);
    };
    await add(0, 5_100);
    await fetch(4_800);
    return { ...all, add, fetch };
  }
  const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => String(from + index));

  it('is written as a new generation, and nothing changes', async () => {
    const { world, node, queue, add, fetch } = await withLongJournal();
    expect(world.data.find(address())?.journal).toHaveLength(9_900);
    await add(5_100, 5_201);
    await world.pass(10);
    expect(world.data.find(address())).toMatchObject({ journal: [], generation: 1 });
    expect(all(queue)).toEqual(numbers(4_800, 5_201));
    expect(await fetch(1)).toEqual(['4800']);
    await add(5_201, 5_202);
    expect(all((await restart(world, node)).queue)).toEqual(numbers(4_801, 5_202));
  });

  it('can go on growing meanwhile: adds, fetches and removals come behind the new generation', async () => {
    const { world, node, queue, trouble, add, fetch } = await withLongJournal();
    trouble.hold('stage');
    await add(5_100, 5_201);
    await world.pass(10);
    expect(trouble.waiting).toEqual(['stage']);
    const fetched = [queue.fetch(), queue.fetch()];
    const added = [queue.add('k', '5201'), queue.add('k', '5202')];
    await world.pass(10);
    trouble.resume();
    await world.until(Promise.all([...fetched, ...added]));
    await world.pass(10);
    expect(world.data.find(address())?.generation).toBe(1);
    expect(world.data.find(address())?.journal).toHaveLength(4);
    expect(all((await restart(world, node)).queue)).toEqual(numbers(4_802, 5_203));
    expect(await fetch(0)).toEqual([]);
  });

  it.each<StoreErrorCode>(['STORE_UNAVAILABLE', 'STORE_REFUSED'])(
    'stays as it is when the process dies before the commit (%s)',
    async (code) => {
      const { world, node, trouble, add } = await withLongJournal();
      trouble.fail(code, { calls: ['commit'] });
      await add(5_100, 5_201);
      await world.pass(3_000);
      expect(all((await restart(world, node)).queue)).toEqual(numbers(4_800, 5_201));
    },
  );

  it('whose commit loses its reply is shortened once', async () => {
    const { world, node, trouble, add } = await withLongJournal();
    trouble.fail('REPLY_LOST', { calls: ['commit'], times: 1 });
    await add(5_100, 5_201);
    await world.pass(3_000);
    expect(world.data.find(address())).toMatchObject({ generation: 1 });
    await add(5_201, 5_210);
    expect(all((await restart(world, node)).queue)).toEqual(numbers(4_800, 5_210));
  });

  it('holds items that are being fetched at that moment neither twice nor not at all', async () => {
    const { world, node, queue, trouble, add } = await withLongJournal();
    trouble.hold('append');
    const fetched = [fate(queue.fetch()), fate(queue.fetch())];
    await world.pass(0);
    const adding = add(5_100, 5_201);
    await world.pass(0);
    trouble.resume();
    await adding;
    await world.pass(10);
    expect(fetched.map(({ result }) => value(result))).toEqual(['4800', '4801']);
    expect(world.data.find(address())?.generation).toBe(1);
    expect(all((await restart(world, node)).queue)).toEqual(numbers(4_802, 5_201));
  });

  it('takes in an item that nobody got although its removal was stored', async () => {
    const { world, node, queue, trouble, add } = await withLongJournal();
    trouble.hold('append');
    const gone = queue.waitFetch({ signal: world.abortAfter(100) });
    await world.pass(100);
    await gone;
    trouble.resume();
    await world.pass(0);
    await add(5_100, 5_201);
    await world.pass(10);
    expect(world.data.find(address())?.generation).toBe(1);
    const next = await world.until(queue.fetch());
    expect(value(next)).toBe('4800');
    expect(all((await restart(world, node)).queue)).toEqual(numbers(4_801, 5_201));
  });

  it('that can not be shortened is tried again later, and an item that nobody got is not lost by that', async () => {
    const { world, node, queue, trouble, add, log } = await withLongJournal();
    trouble.hold('append');
    const gone = queue.waitFetch({ signal: world.abortAfter(100) });
    await world.pass(100);
    await gone;
    trouble.resume();
    trouble.fail('STORE_GAP', { calls: ['commit'], times: 1 });
    await world.pass(0);
    await add(5_100, 5_201);
    await world.pass(10);
    expect(log.messages('warn')).toEqual(['mqueue: the journal could not be shortened']);
    expect(value(await world.until(queue.fetch()))).toBe('4800');
    await add(5_201, 5_202);
    expect(world.data.find(address())?.generation).toBe(0);
    await world.pass(31_000);
    await add(5_202, 5_203);
    await world.pass(10);
    expect(world.data.find(address())?.generation).toBe(1);
    expect(all((await restart(world, node)).queue)).toEqual(numbers(4_801, 5_203));
  });

  it('keeps the place of an item that is on its way out at that moment and comes back', async () => {
    const { world, node, queue, trouble, add } = await withLongJournal();
    trouble.hold('append');
    const first = queue.add('k', '5100');
    await world.pass(0);
    const gone = queue.waitFetch({ signal: world.abortAfter(100) });
    const others = add(5_101, 5_202);
    await world.pass(100);
    expect(await gone).toBeUndefined();
    trouble.resume();
    await world.until(Promise.all([first, others]));
    await world.pass(10);
    expect(world.data.find(address())?.generation).toBe(1);
    expect(all((await restart(world, node)).queue)).toEqual(numbers(4_800, 5_202));
  });

  it('with leases keeps deliveries and what is acknowledged meanwhile', async () => {
    const { world, node, queue, add, trouble } = await started({ leaseMs: 600_000 });
    await add(...numbers(0, 4_000));
    const items = await world.until(Promise.all(numbers(0, 3_010).map(() => queue.fetch())), 10);
    trouble.hold('stage');
    const acks = items.slice(5, 3_005).map((item) => item!.ack());
    await world.until(Promise.all(acks), 10);
    await world.pass(10);
    expect(trouble.waiting).toEqual(['stage']);
    const acked = items[0]!.ack();
    await world.pass(10);
    trouble.resume();
    await world.until(acked);
    await world.pass(10);
    expect(world.data.find(address())?.generation).toBe(1);
    const next = await restart(world, node, { leaseMs: 600_000 });
    expect(all(next.queue)).toEqual([...numbers(1, 5), ...numbers(3_005, 4_000)]);
    expect(next.queue.peek({ limit: 6 }).items.map(({ deliveries }) => deliveries)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(next.queue.peek({ limit: 20 }).items.at(-1)?.deliveries).toBe(0);
  });

  it('keeps a delivery whose word is on its way into the journal at that moment', async () => {
    const { world, node, queue, add, trouble } = await started({ leaseMs: 600_000 }, { compactAbove: 10 });
    await add(...numbers(0, 5));
    const items = await world.until(Promise.all(numbers(0, 4).map(() => queue.fetch())), 10);
    trouble.hold('append');
    const acks = items.map((item) => item!.ack());
    await world.pass(0);
    const fetching = queue.fetch();
    trouble.resume();
    await world.until(Promise.all([...acks, fetching]), 10);
    expect((await fetching)?.deliveries).toBe(1);
    await world.pass(10);
    expect(world.data.find(address())?.generation).toBe(1);
    const next = await restart(world, node, { leaseMs: 600_000 });
    expect(next.queue.peek().items.map(({ deliveries }) => deliveries)).toEqual([1]);
  });
});
