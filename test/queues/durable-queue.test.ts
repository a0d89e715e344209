import { describe, expect, it } from 'vitest';
import { fate, restart, started, stored } from './durable-world.ts';
import { all, durable, value } from './queue-world.ts';
import { address } from './store-content.ts';

describe('with durability always', () => {
  it('a clear is stored before it is answered, and what is added behind it stays', async () => {
    const { world, node, queue, trouble, add } = await started();
    await add('1', '2');
    trouble.hold('append');
    const cleared = fate(queue.clear());
    const added = fate(queue.add('k', '3'));
    await world.pass(0);
    expect(cleared.state).toBe('open');
    trouble.resume();
    await world.pass(0);
    expect([cleared.result, added.state]).toEqual([2, 'done']);
    expect(all((await restart(world, node)).queue)).toEqual(['3']);
  });

  it('a clear takes what an earlier life left with it, and what is fetched at that moment is given', async () => {
    const { world, node, queue, add } = await started();
    await add('1', '2');
    await world.stop(node);
    const next = await world.start(durable);
    await world.until(Promise.all(['3', '4'].map((text) => next.queue.add('k', text))));
    next.trouble.hold('append');
    const fetching = fate(next.queue.fetch());
    const cleared = fate(next.queue.clear());
    await world.pass(0);
    next.trouble.resume();
    await world.pass(0);
    expect([value(fetching.result), cleared.state]).toEqual(['1', 'done']);
    expect(next.queue.stats()).toMatchObject({ size: 0, leased: 0, bytes: 0 });
    expect(all((await restart(world, next)).queue)).toEqual([]);
    expect(queue.stats().size).toBe(2);
  });

  it('an item whose time to live is over does not come back', async () => {
    const { world, node, add } = await started({ ttlMs: 1_000 });
    await add('1');
    await world.pass(1_000);
    expect(all((await restart(world, node)).queue)).toEqual([]);
  });

  it('a delayed item keeps its time over a crash, and one that is due before it is stored waits for that', async () => {
    const { world, node, queue, trouble } = await started();
    await world.until(queue.add('k', 'late', { delayMs: 5_000 }));
    const next = await restart(world, node);
    expect(next.queue.stats()).toMatchObject({ size: 0, delayed: 1 });
    next.trouble.hold('append');
    const adding = next.queue.add('k', 'unstored', { delayMs: 1_000 });
    const waiting = fate(next.queue.waitFetch());
    await world.pass(2_000);
    expect(waiting.state).toBe('open');
    next.trouble.resume();
    await world.until(adding);
    await world.pass(0);
    expect(value(waiting.result)).toBe('unstored');
    expect(trouble).toBeDefined();
  });

  it('settled waits until the store knows everything', async () => {
    const { world, queue, trouble, add } = await started();
    await add('1');
    trouble.hold('append');
    queue.add('k', '2').catch(() => {});
    const settled = fate(queue.settled());
    await world.pass(100);
    expect(settled.state).toBe('open');
    trouble.resume();
    await world.pass(0);
    expect(settled.state).toBe('done');
  });

  it('a restart goes on where the journal ends', async () => {
    const { world, node, add } = await started();
    await add('1', '2');
    const next = await restart(world, node);
    await world.until(next.queue.add('k', '3'));
    await world.until(next.queue.fetch());
    const last = await restart(world, next);
    expect(all(last.queue)).toEqual(['2', '3']);
    await world.until(last.queue.add('k', '4'));
    expect(await stored(world)).toEqual(['2', '3', '4']);
  });

  it('a stop writes a new generation, so that the next start need not read a journal', async () => {
    const { world, node, queue, add } = await started();
    await add('1', '2', '3');
    await world.until(queue.fetch());
    await world.stop(node);
    expect(world.data.find(address())).toMatchObject({ journal: [], owner: undefined });
    expect(world.data.find(address())?.items).toHaveLength(2);
    expect(await stored(world)).toEqual(['2', '3']);
  });

  it('a stop whose store is away loses nothing that was acknowledged, and says of the rest that it may be there', async () => {
    const { world, node, queue, trouble, add } = await started();
    await add('1', '2');
    trouble.fail('STORE_UNAVAILABLE');
    const late = fate(queue.add('k', '3'));
    expect(await world.stop(node, 3_000)).toEqual({ spilled: [], lost: [], fenced: [] });
    expect(late.error).toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('may or may not') });
    expect(node.log.messages('warn')).toContain(
      'mqueue: the store was away at the stop: a copy is in the spill, for the case that it comes back empty',
    );
    expect(node.log.messages('info')).not.toContain('mqueue: queue saved');
    expect(world.clock.pending).toBe(0);
    expect((await stored(world)).slice(0, 2)).toEqual(['1', '2']);
  });

  it('a stop that has nothing to write does not say that it was saved where the store is away, nor waits for it', async () => {
    const { world, node: first, add } = await started();
    await add('1', '2');
    await world.stop(first);
    expect(first.log.messages('info')).toContain('mqueue: queue saved');
    const node = await world.start(durable);
    node.trouble.fail('STORE_UNAVAILABLE');
    const begun = world.clock.now();
    expect(await world.stop(node, 10_000)).toEqual({ spilled: [], lost: [], fenced: [] });
    expect(world.clock.now() - begun).toBeLessThan(2_000);
    expect(node.log.messages('info')).not.toContain('mqueue: queue saved');
    expect(node.log.messages('warn')).toEqual([
      'mqueue: the store was away at the stop: a copy is in the spill, for the case that it comes back empty',
    ]);
    expect(await stored(world)).toEqual(['1', '2']);
  });

  it('a stop that has nothing to write finds a store that has lost the queue, and writes it anew', async () => {
    const { world, node: first, add } = await started();
    await add('1', '2');
    await world.stop(first);
    const node = await world.start(durable);
    node.trouble.fail('STORE_GAP', { calls: ['keepAlive'], times: 1 });
    Object.assign(world.data.find(address())!, { generation: 0, items: [] });
    expect(await world.stop(node)).toEqual({ spilled: [], lost: [], fenced: [] });
    expect(await stored(world)).toEqual(['1', '2']);
  });
});
