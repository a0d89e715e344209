import { describe, expect, it } from 'vitest';
import type { StoreErrorCode } from '../../src/core/mqueue/store-error.ts';
import { all, durable, type QueueNode, QueueWorld, value } from './queue-world.ts';
import { address } from './store-content.ts';

/** What became of a promise so far. */
interface Fate<T> {
  state: 'open' | 'done' | 'failed';
  result?: T;
  error?: Error;
}

function fate<T>(work: Promise<T>): Fate<T> {
  const known: Fate<T> = { state: 'open' };
  work.then(
    (result) => Object.assign(known, { state: 'done', result }),
    (error) => Object.assign(known, { state: 'failed', error }),
  );
  return known;
}

async function started(changes = {}, parts = {}) {
  const world = new QueueWorld();
  const node = await world.start({ ...durable, ...changes }, parts);
  const add = (...texts: readonly string[]) =>
    world.until(Promise.all(texts.map((text) => node.queue.add(text, text))), 10);
  return { world, node, ...node, add };
}

/** What the next process would find. */
const stored = (world: QueueWorld): Promise<string[]> => world.content(durable);

/** A process dies between two moments, another one begins. */
async function restart(world: QueueWorld, node: QueueNode, changes = {}): Promise<QueueNode> {
  world.kill(node);
  return world.start({ ...durable, ...changes });
}

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

  it('a stop whose store is away loses nothing that was acknowledged, and needs no spill', async () => {
    const { world, node, queue, trouble, add } = await started();
    await add('1', '2');
    trouble.fail('STORE_UNAVAILABLE');
    const late = fate(queue.add('k', '3'));
    expect(await world.stop(node, 3_000)).toEqual({ spilled: [], lost: [], fenced: [] });
    expect(late.error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(node.log.messages('warn')).toContain(
      'mqueue: the store was away at the stop: it has the queue as its journal was last',
    );
    expect(node.log.messages('info')).not.toContain('mqueue: queue saved');
    expect(world.clock.pending).toBe(0);
    expect(await stored(world)).toEqual(['1', '2']);
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
      'mqueue: the store was away at the stop: it has the queue as its journal was last',
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

describe('a store that has lost what it had acknowledged', () => {
  it('while a new generation is being written does not get one that mixes what was with what is', async () => {
    const { world, node, queue, trouble, add } = await started({}, { compactAbove: 10 });
    trouble.hold('stage');
    await add(...Array.from({ length: 8 }, (_, index) => String(index)));
    for (let index = 0; index < 3; index++) await world.until(queue.fetch());
    await world.pass(10);
    expect(trouble.waiting).toEqual(['stage']);
    const adding = fate(queue.add('k', '8'));
    world.data.find(address())!.journal.length = 3;
    trouble.resume();
    await world.pass(2_000);
    expect(adding.state).toBe('done');
    await world.until(queue.add('k', '9'));
    await world.until(queue.fetch());
    expect(all((await restart(world, node)).queue)).toEqual(['4', '5', '6', '7', '8', '9']);
  });

  it('and its epochs with it never gets two items of one name', async () => {
    const world = new QueueWorld();
    let node = await world.start(durable);
    for (const text of ['1', '2', '3']) {
      await world.until(node.queue.add('k', text));
      node = await restart(world, node);
    }
    Object.assign(world.data.find(address())!, { epoch: 0, journal: [], items: [] });
    node.trouble.fail('STORE_CORRUPT', { calls: ['append'], times: 1 });
    await world.until(node.queue.add('k', '4'));
    for (const text of ['5', '6']) {
      node = await restart(world, node);
      await world.until(node.queue.add('k', text));
    }
    const ids = node.queue.peek().items.map(({ id }) => id);
    expect(all(node.queue)).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(new Set(ids).size).toBe(6);
  });

  it('and fails while it is written anew gets it in the end; nobody is answered before', async () => {
    const { world, node, queue, trouble, add } = await started();
    await add('1', '2', '3');
    world.data.find(address())!.journal.length = 1;
    trouble.fail('STORE_UNAVAILABLE', { calls: ['claim'], times: 2 });
    trouble.fail('STORE_GAP', { calls: ['commit'], times: 2 });
    const adding = fate(queue.add('k', '4'));
    const fetching = fate(queue.fetch());
    await world.pass(100);
    expect([adding.state, fetching.state]).toEqual(['open', 'open']);
    await world.pass(5_000);
    expect([adding.state, value(fetching.result)]).toEqual(['done', '1']);
    expect(all((await restart(world, node)).queue)).toEqual(['2', '3', '4']);
  });

  it('is found by the sign of life too, and at the stop', async () => {
    const idle = await started();
    await idle.add('1', '2');
    idle.trouble.fail('STORE_CORRUPT', { calls: ['keepAlive'], times: 1 });
    idle.world.data.find(address())!.journal.length = 0;
    await idle.world.pass(15_000);
    expect(all((await restart(idle.world, idle.node)).queue)).toEqual(['1', '2']);

    const stopped = await started();
    await stopped.add('1', '2');
    const partition = stopped.world.data.find(address())!;
    partition.journal.length = 0;
    expect(await stopped.world.stop(stopped.node)).toEqual({ spilled: [], lost: [], fenced: [] });
    expect(await stored(stopped.world)).toEqual(['1', '2']);
  });

  it.each(['a part of the journal', 'everything'])('(%s) gets everything anew from memory', async (what) => {
    const { world, node, queue, log, add } = await started();
    await add('1', '2', '3');
    const partition = world.data.find(address())!;
    if (what === 'everything') {
      // As Redis says it: not fenced, but gone.
      partition.items = [];
      partition.journal = [];
      partition.journalStart = 0;
      partition.generation = 0;
    } else {
      partition.journal.pop();
    }
    const adding = fate(queue.add('k', '4'));
    const fetching = fate(queue.fetch());
    await world.pass(1_000);
    expect(adding.state).toBe('done');
    expect(value(fetching.result)).toBe('1');
    expect(log.messages('error')).toEqual(['mqueue: the store has lost a queue, it is written anew from memory']);
    await add('5');
    expect(all((await restart(world, node)).queue)).toEqual(['2', '3', '4', '5']);
  });
});
