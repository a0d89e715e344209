import { describe, expect, it } from 'vitest';
import { fate, restart, started, stored } from './durable-world.ts';
import { all, durable, value } from './queue-world.ts';

describe('with durability always a fetch', () => {
  it('without a lease gives the item when its removal is stored', async () => {
    const { world, node, queue, trouble, add } = await started();
    await add('1', '2');
    trouble.hold('append');
    const first = fate(queue.fetch());
    const second = fate(queue.fetch());
    await world.pass(100);
    expect([first.state, second.state]).toEqual(['open', 'open']);
    trouble.resume();
    await world.pass(0);
    expect([value(first.result), value(second.result)]).toEqual(['1', '2']);
    expect(all((await restart(world, node)).queue)).toEqual([]);
  });

  it('never gives an item to two, however many fetch while its removal is under way', async () => {
    const { world, queue, trouble, add } = await started();
    await add('1');
    trouble.hold('append');
    const fates = Array.from({ length: 5 }, () => fate(queue.fetch()));
    await world.pass(0);
    trouble.resume();
    await world.pass(0);
    expect(fates.map(({ result }) => value(result))).toEqual(['1', undefined, undefined, undefined, undefined]);
  });

  it('whose time ends while an item is on its way still gets it, so that a crash can not lose what nobody got', async () => {
    const { world, queue, trouble, add } = await started();
    await add('1');
    trouble.hold('append');
    const waiting = fate(queue.waitFetch({ timeoutMs: 100 }));
    await world.pass(200);
    expect(waiting.state).toBe('open');
    trouble.resume();
    await world.pass(0);
    expect(waiting.result && value(waiting.result)).toBe('1');
    const next = fate(queue.waitFetch({ timeoutMs: 100 }));
    await world.pass(100);
    expect(next).toMatchObject({ state: 'done', result: undefined });
  });

  it('whose time ends while an item is on its way gets nothing when that falls through', async () => {
    const { world, queue, trouble, add } = await started({ leaseMs: 50 });
    await add('1');
    trouble.hold('append');
    const waiting = fate(queue.waitFetch({ timeoutMs: 100 }));
    await world.pass(200);
    trouble.resume();
    await world.pass(0);
    expect(waiting).toMatchObject({ state: 'done', result: undefined });
  });

  it('that gave up waiting leaves the item to the next, although its removal is stored by then', async () => {
    const { world, queue, trouble, add } = await started();
    await add('1', '2');
    trouble.hold('append');
    const waiting = fate(queue.waitFetch({ signal: world.abortAfter(100) }));
    await world.pass(100);
    expect(waiting).toMatchObject({ state: 'done', result: undefined });
    expect(all(queue)).toEqual(['2']);
    trouble.resume();
    await world.pass(0);
    expect(all(queue)).toEqual(['1', '2']);
    expect(value(await world.until(queue.fetch()))).toBe('1');
  });

  it('and an item that nobody got is in its place again after a crash, although its removal was stored', async () => {
    const { world, node, queue, trouble, add } = await started();
    await add('1', '2', '3');
    expect(value(await world.until(queue.fetch()))).toBe('1');
    trouble.hold('append');
    const waiting = queue.waitFetch({ signal: world.abortAfter(100) });
    await world.pass(100);
    expect(await waiting).toBeUndefined();
    trouble.resume();
    await world.pass(0);
    const next = await restart(world, node);
    expect(all(next.queue)).toEqual(['2', '3']);
    expect(value(await world.until(next.queue.fetch()))).toBe('2');
    expect(all((await restart(world, next)).queue)).toEqual(['3']);
  });

  it('and an item that nobody got is not lost by the stop', async () => {
    const { world, node, queue, trouble, add } = await started();
    await add('1', '2');
    trouble.hold('append');
    const waiting = queue.waitFetch({ signal: world.abortAfter(100) });
    await world.pass(100);
    await waiting;
    trouble.resume();
    await world.pass(0);
    await world.stop(node);
    expect(await stored(world)).toEqual(['1', '2']);
  });

  it('that is aborted while its removal is under way gets nothing, and the item is there for the next, also after a crash', async () => {
    const { world, node, queue, trouble, add } = await started();
    await add('1', '2');
    trouble.hold('append');
    const fetching = fate(queue.fetch({ signal: world.abortAfter(100) }));
    await world.pass(100);
    expect(fetching).toMatchObject({ state: 'done', result: undefined });
    trouble.resume();
    await world.pass(0);
    expect(all(queue)).toEqual(['1', '2']);
    expect(all((await restart(world, node)).queue)).toEqual(['1', '2']);
  });

  it('that is aborted before takes nothing', async () => {
    const { world, queue, add } = await started();
    await add('1');
    expect(await queue.fetch({ signal: AbortSignal.abort() })).toBeUndefined();
    await world.pass(0);
    expect(all(queue)).toEqual(['1']);
  });

  it.each([
    ['before', 100],
    ['after', 1_200],
  ])(
    'that is aborted while its lease is being stored, %s the end of that, is no delivery: not after a crash either',
    async (_, ms) => {
      const lent = { leaseMs: 1_000, maxDeliveries: 1 };
      const { world, node, add } = await started(lent);
      await add('of the generation');
      await world.stop(node);
      const next = await world.start({ ...durable, ...lent });
      await world.until(next.queue.add('k', 'of the journal'));
      next.trouble.hold('append');
      const fates = [1, 2].map(() => fate(next.queue.fetch({ signal: world.abortAfter(ms) })));
      await world.pass(ms + 100);
      next.trouble.resume();
      await world.pass(0);
      expect(fates.map(({ result }) => result)).toEqual([undefined, undefined]);
      const both = ['of the generation', 'of the journal'];
      expect(all(next.queue)).toEqual(both);
      const last = await restart(world, next, lent);
      expect(all(last.queue)).toEqual(both);
      for (const text of both) {
        const item = await world.until(last.queue.fetch());
        expect([value(item), item?.deliveries]).toEqual([text, 1]);
      }
    },
  );

  it('that waits when the stop begins loses nothing either', async () => {
    const { world, node, queue, trouble, add } = await started();
    await add('1', '2');
    trouble.hold('append');
    const waiting = fate(queue.waitFetch());
    const stopping = node.queues.stop(10_000);
    await world.pass(100);
    expect(waiting).toMatchObject({ state: 'done', result: undefined });
    trouble.resume();
    await world.until(stopping);
    expect(await stored(world)).toEqual(['1', '2']);
  });

  it('that waits for its lease when the stop begins gets nothing, neither its item nor another', async () => {
    const { world, node, queue, trouble, add } = await started({ leaseMs: 600_000 });
    await add('1', '2');
    trouble.hold('append');
    const fetching = fate(queue.fetch());
    const stopping = node.queues.stop(10_000);
    await world.pass(100);
    trouble.resume();
    await world.until(stopping);
    expect(fetching).toMatchObject({ state: 'done', result: undefined });
    expect(await stored(world)).toEqual(['1', '2']);
  });

  it('that the store does not confirm in time is rejected, and the item is kept for the next', async () => {
    const { world, queue, trouble, add } = await started();
    await add('1', '2');
    trouble.fail('STORE_UNAVAILABLE');
    const fetching = fate(queue.fetch());
    await world.pass(12_000);
    expect(fetching.error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    trouble.heal();
    await world.pass(2_000);
    expect(all(queue)).toEqual(['1', '2']);
    expect(value(await world.until(queue.fetch()))).toBe('1');
    expect(await stored(world)).toEqual(['2']);
  });

  it('with a lease is stored, and after a crash the item comes again with its count', async () => {
    const { world, node, queue, add } = await started({ leaseMs: 60_000 });
    await add('1', '2');
    const item = await world.until(queue.fetch());
    expect(item?.deliveries).toBe(1);
    const next = await restart(world, node, { leaseMs: 60_000 });
    const again = await world.until(next.queue.fetch());
    expect([value(again), again?.deliveries, again?.id]).toEqual(['1', 2, item?.id]);
  });

  it('with a lease that ends while it is being stored is given to nobody but once', async () => {
    const { world, queue, trouble, add } = await started({ leaseMs: 1_000 });
    await add('1');
    trouble.hold('append');
    const first = fate(queue.waitFetch());
    await world.pass(1_500);
    const second = fate(queue.fetch());
    trouble.resume();
    await world.pass(0);
    await world.pass(0);
    const given = [first, second].filter(({ result }) => result !== undefined);
    expect(given).toHaveLength(1);
    expect(given[0]?.result?.deliveries).toBe(1);
    expect(queue.stats().leased).toBe(1);
  });

  it('is acknowledged when that is stored', async () => {
    const { world, node, queue, trouble, add } = await started({ leaseMs: 60_000 });
    await add('1', '2');
    const item = await world.until(queue.fetch());
    trouble.hold('append');
    const acking = fate(item!.ack());
    await world.pass(100);
    expect(acking.state).toBe('open');
    trouble.resume();
    await world.pass(0);
    expect(acking.result).toBe(true);
    expect(all((await restart(world, node)).queue)).toEqual(['2']);
  });

  it('whose acknowledgement came late is acknowledged again: that is true when it is stored after all', async () => {
    const { world, node, queue, trouble, add } = await started({ leaseMs: 60_000 });
    await add('1');
    const item = await world.until(queue.fetch());
    trouble.fail('STORE_UNAVAILABLE');
    const first = fate(item!.ack());
    await world.pass(5_000);
    const second = fate(item!.ack());
    expect([first.state, second.state]).toEqual(['open', 'open']);
    await world.pass(7_000);
    for (const { error } of [first, second, fate(item!.ack())]) {
      await world.pass(0);
      expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    }
    expect(await item!.nack()).toBe(false);
    trouble.heal();
    await world.pass(60_000);
    expect(await item!.ack()).toBe(true);
    expect(queue.stats()).toMatchObject({ size: 0, leased: 0, acked: 1 });
    expect(await item!.ack()).toBe(false);
    expect(all((await restart(world, node)).queue)).toEqual([]);
  });

  it('whose acknowledgement the store does not take comes again at most after a restart', async () => {
    const { world, node, queue, trouble, add } = await started({ leaseMs: 60_000 });
    await add('1');
    const item = await world.until(queue.fetch());
    trouble.fail('STORE_UNAVAILABLE');
    const acking = fate(item!.ack());
    await world.pass(12_000);
    expect(acking.error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await world.pass(60_000);
    expect(queue.stats()).toMatchObject({ size: 0, leased: 0 });
    expect(all((await restart(world, node)).queue)).toEqual(['1']);
  });
});
