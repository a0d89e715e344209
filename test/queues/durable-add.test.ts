import { describe, expect, it } from 'vitest';
import { fate, restart, started, stored } from './durable-world.ts';
import { all, value } from './queue-world.ts';
import { address } from './store-content.ts';

describe('with durability always an add', () => {
  it('is answered when the journal has it, and the item can be fetched only then', async () => {
    const { world, queue, trouble } = await started();
    trouble.hold('append');
    const adding = fate(queue.add('k', '1'));
    const waiting = fate(queue.waitFetch());
    const fetching = fate(queue.fetch());
    await world.pass(100);
    expect(fetching).toMatchObject({ state: 'done', result: undefined });
    expect([adding.state, waiting.state]).toEqual(['open', 'open']);
    trouble.resume();
    await world.pass(0);
    expect(adding.state).toBe('done');
    expect(value(waiting.result)).toBe('1');
  });

  it('is not seen by a fetch before the journal has it', async () => {
    const { world, queue, trouble } = await started();
    trouble.hold('append');
    const adding = queue.add('k', '1');
    const fetching = fate(queue.fetch());
    await world.pass(0);
    expect(fetching).toMatchObject({ state: 'done', result: undefined });
    trouble.resume();
    await world.until(adding);
    expect(value(await world.until(queue.fetch()))).toBe('1');
  });

  it('outlives the death of the process once it is answered', async () => {
    const { world, node, add } = await started();
    await add('1', '2', '3');
    expect(all((await restart(world, node)).queue)).toEqual(['1', '2', '3']);
  });

  it('waits for the batch that is under way; all that wait go together, in order', async () => {
    const { world, queue, store, trouble } = await started();
    trouble.hold('append');
    const adds = ['1', '2', '3', '4', '5'].map((text) => queue.add('k', text));
    await world.pass(0);
    trouble.resume();
    await world.until(Promise.all(adds));
    adds.push(queue.add('k', '6'));
    await world.until(Promise.all(adds));
    // All of one turn go together; what comes while they are under way is the next batch.
    expect(store.calls.filter((call) => call === 'append')).toHaveLength(2);
    expect(await stored(world)).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it('goes in batches of 1,000 records at most, and of a megabyte', async () => {
    const { world, queue, store } = await started();
    await world.until(Promise.all(Array.from({ length: 2_500 }, (_, index) => queue.add('k', String(index)))));
    expect(store.calls.filter((call) => call === 'append')).toHaveLength(3);
    await world.until(Promise.all(Array.from({ length: 5 }, () => queue.add('k', new Uint8Array(400_000)))));
    expect(store.calls.filter((call) => call === 'append')).toHaveLength(6);
    expect((await stored(world)).slice(0, 3)).toEqual(['0', '1', '2']);
  });

  it('is refused at the limits, and never drops', async () => {
    const { queue, add, world, counters } = await started({ size: 2 });
    await add('1', '2');
    await expect(queue.add('k', '3')).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    expect(all(queue)).toEqual(['1', '2']);
    expect(counters.value('mqueue_refused', 'size')).toBe(1);
    await world.until(queue.fetch());
    await add('3');
    expect(all(queue)).toEqual(['2', '3']);
  });

  it('counts what is under way against the limits', async () => {
    const { queue, trouble } = await started({ size: 1 });
    trouble.hold('append');
    void queue.add('k', '1');
    await expect(queue.add('k', '2')).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  });

  it('is refused when too much waits for the store', async () => {
    const { queue, trouble, world } = await started();
    trouble.hold('append');
    void queue.add('k', 'first');
    await world.pass(0);
    const waiting = Array.from({ length: 10_000 }, () => queue.add('k', 'v'));
    await expect(queue.add('k', 'one too many')).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    trouble.resume();
    await world.until(Promise.all(waiting));
    expect(queue.size()).toBe(10_001);
  });

  it('goes through a store that is away for less than its time; a lost reply doubles nothing', async () => {
    const { world, queue, trouble } = await started();
    trouble.fail('REPLY_LOST', { calls: ['append'], times: 2 });
    trouble.fail('STORE_UNAVAILABLE', { calls: ['append'], times: 2 });
    await world.until(Promise.all([queue.add('k', '1'), queue.add('k', '2')]));
    expect(all(queue)).toEqual(['1', '2']);
    expect(await stored(world)).toEqual(['1', '2']);
  });

  it('is rejected when the store is away for longer: then it may have been added, and is there later', async () => {
    const { world, queue, trouble, log, counters } = await started();
    trouble.fail('STORE_UNAVAILABLE');
    const adding = fate(queue.add('k', '1'));
    await world.pass(9_999);
    expect(adding.state).toBe('open');
    await world.pass(1);
    expect(adding.error).toMatchObject({ code: 'STORE_UNAVAILABLE', cause: { code: 'STORE_UNAVAILABLE' } });
    expect(adding.error?.message).toContain('may or may not have been added');
    expect(log.messages('warn')).toContain('mqueue: the store does not take the journal');
    // Nothing more is taken in: this one is certainly not added.
    const calls = counters.total('mqueue_store_errors');
    await expect(queue.add('k', 'refused')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(queue.fetch()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(counters.total('mqueue_store_errors')).toBe(calls);
    trouble.heal();
    await world.pass(2_000);
    expect(all(queue)).toEqual(['1']);
    expect(log.messages('info')).toContain('mqueue: the store takes the journal again');
    await world.until(queue.add('k', '2'));
    expect(await stored(world)).toEqual(['1', '2']);
  });

  it('is rejected in time also when the store does not answer at all', async () => {
    const { world, queue, trouble } = await started();
    trouble.hold('append');
    const first = fate(queue.add('k', '1'));
    await world.pass(6_000);
    const second = fate(queue.add('k', '2'));
    await world.pass(4_000);
    expect([first.state, second.state]).toEqual(['failed', 'open']);
    await world.pass(6_000);
    expect(second.error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    trouble.resume();
    await world.pass(1_000);
    expect(all(queue)).toEqual(['1', '2']);
    expect(await world.until(queue.add('k', '3'))).toMatchObject({ outcome: 'added' });
  });

  it('is rejected at once when the store refuses it', async () => {
    const { world, queue, trouble } = await started();
    trouble.fail('STORE_REFUSED', { calls: ['append'] });
    const adding = fate(queue.add('k', '1'));
    await world.pass(10);
    expect(adding.error).toMatchObject({ code: 'STORE_REFUSED' });
    await expect(queue.add('k', '2')).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    trouble.heal();
    await world.pass(1_000);
    await world.until(queue.add('k', '3'));
    expect(await stored(world)).toEqual(['1', '3']);
  });

  it('lets the store hear that its owner lives while it does not take the journal', async () => {
    const { world, queue, trouble, store } = await started();
    trouble.fail('STORE_REFUSED', { calls: ['append'] });
    queue.add('k', '1').catch(() => {});
    await world.pass(30_000);
    expect(store.calls.filter((call) => call === 'keepAlive').length).toBeGreaterThanOrEqual(2);
    expect(world.data.find(address())!.seenAt).toBeGreaterThan(15_000);
  });
});

describe('with durability always unique keys', () => {
  it('hold for what is under way too: who is kept waits until the other one is stored', async () => {
    const { world, queue, trouble, node } = await started({ addMode: 'keep_old' });
    trouble.hold('append');
    const first = fate(queue.add('k', '1'));
    const second = fate(queue.add('k', '2'));
    await world.pass(100);
    expect([first.state, second.state]).toEqual(['open', 'open']);
    trouble.resume();
    await world.pass(0);
    expect([first.result?.outcome, second.result?.outcome]).toEqual(['added', 'kept']);
    expect(second.result?.id).toBe(first.result?.id);
    expect(all((await restart(world, node, { addMode: 'keep_old' })).queue)).toEqual(['1']);
  });

  it('replace what is under way, and what is stored', async () => {
    const { world, queue, trouble, node } = await started({ addMode: 'replace' });
    await world.until(queue.add('k', '1'));
    trouble.hold('append');
    const adds = [queue.add('k', '2'), queue.add('other', 'x'), queue.add('k', '3')];
    await world.pass(0);
    trouble.resume();
    expect((await world.until(Promise.all(adds))).map(({ outcome }) => outcome)).toEqual([
      'replaced',
      'added',
      'replaced',
    ]);
    expect(all(queue)).toEqual(['x', '3']);
    // Also for a process that would not replace anything.
    expect(all((await restart(world, node)).queue)).toEqual(['x', '3']);
  });

  it('never leave neither the old nor the new item in the store, whenever the process dies', async () => {
    const { world, queue, trouble, node } = await started({ addMode: 'replace' });
    await world.until(queue.add('k', 'old'));
    trouble.fail('STORE_UNAVAILABLE');
    queue.add('k', 'new').catch(() => {});
    await world.pass(1_000);
    expect(all((await restart(world, node)).queue)).toEqual(['old']);
  });
});
