import { describe, expect, it } from 'vitest';
import type { StoreErrorCode } from '../../src/core/mqueue/store-error.ts';
import { all, definition, durable, type QueueNode, QueueWorld, saved, value } from './queue-world.ts';
import { address } from './store-content.ts';

async function add(node: QueueNode, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) await node.queue.add(text, text);
}

async function fetch(node: QueueNode, count: number): Promise<string[]> {
  const fetched: string[] = [];
  for (let index = 0; index < count; index++) fetched.push(value(await node.queue.fetch())!);
  return fetched;
}

/** A world in whose store lie these items. */
async function worldWith(...texts: readonly string[]): Promise<QueueWorld> {
  const world = new QueueWorld();
  const node = await world.start(saved);
  await add(node, ...texts);
  await world.stop(node);
  return world;
}

const both = saved;
const save = { dbMode: 'save', durability: 'stop' } as const;
const load = { dbMode: 'load', durability: 'stop' } as const;

describe('dbmode both', () => {
  it('reads at the start what was written at the stop, in order', async () => {
    const world = await worldWith('1', '2', '3');
    const node = await world.start(both);
    expect(await fetch(node, 1)).toEqual(['1']);
    await add(node, '4');
    await world.stop(node);
    expect(await world.content()).toEqual(['2', '3', '4']);
  });

  it('keeps ids, delays, deliveries and times over the restart', async () => {
    const world = new QueueWorld();
    const node = await world.start({ ...both, leaseMs: 60_000 });
    await add(node, '1');
    await node.queue.add('k', 'late', { delayMs: 10_000 });
    const item = (await node.queue.fetch())!;
    await world.stop(node);
    await world.pass(1_000);
    const next = await world.start({ ...both, leaseMs: 60_000 });
    expect(next.queue.stats()).toMatchObject({ size: 1, delayed: 1, leased: 0 });
    const again = (await next.queue.fetch())!;
    expect([again.id, again.deliveries, again.addedAt]).toEqual([item.id, 2, item.addedAt]);
    await world.pass(10_000);
    expect(value(await next.queue.fetch())).toBe('late');
  });

  it('keeps the delay of what was given back with one', async () => {
    const world = new QueueWorld();
    const node = await world.start({ ...both, leaseMs: 60_000 });
    await add(node, '1');
    await (await node.queue.fetch())!.nack({ delayMs: 10_000 });
    await world.stop(node);
    await world.pass(1_000);
    const next = await world.start({ ...both, leaseMs: 60_000 });
    expect(next.queue.stats()).toMatchObject({ size: 0, delayed: 1 });
    await world.pass(9_000);
    expect(value(await next.queue.fetch())).toBe('1');
  });

  it('gives out nothing whose lifetime ended while nobody served it, also to who waits already', async () => {
    const world = new QueueWorld();
    const node = await world.start({ ...both, ttlMs: 1_000 });
    await add(node, '1', '2');
    await world.stop(node);
    await world.pass(1_000);
    const next = world.node([definition({ ...both, ttlMs: 1_000 })]);
    const waiting = next.queue.waitFetch({ timeoutMs: 100 });
    next.queues.start();
    await world.until(next.queues.ready());
    await world.pass(100);
    expect(await waiting).toBeUndefined();
    expect(next.queue.stats()).toMatchObject({ size: 0, expired: 2 });
  });

  it('writes an empty queue too, so that the old one does not come back', async () => {
    const world = await worldWith('1', '2');
    const node = await world.start(both);
    expect(await fetch(node, 2)).toEqual(['1', '2']);
    await world.stop(node);
    expect(await world.content()).toEqual([]);
  });

  it('tells the store behind the back what was consumed: a crash doubles at most what was not told', async () => {
    const world = await worldWith('1', '2', '3', '4');
    const node = await world.start(both);
    await fetch(node, 2);
    await node.queue.settled();
    node.trouble.hold('moveCursor');
    await fetch(node, 1);
    world.kill(node);
    expect(await world.content()).toEqual(['3', '4']);
  });

  it('tells the newest position only, with one call under way', async () => {
    const world = await worldWith('1', '2', '3', '4', '5');
    const node = await world.start(both);
    node.trouble.hold('moveCursor');
    await fetch(node, 4);
    await world.pass(10);
    node.trouble.resume();
    await node.queue.settled();
    expect(node.store.calls.filter((call) => call === 'moveCursor')).toHaveLength(2);
    expect(world.data.find(address())).toMatchObject({ cursor: 4 });
  });

  it('goes on telling after the store was away', async () => {
    const world = await worldWith('1', '2');
    const node = await world.start(both);
    node.trouble.fail('STORE_UNAVAILABLE', { calls: ['moveCursor'] });
    await fetch(node, 1);
    await world.pass(3_000);
    node.trouble.heal();
    await world.until(node.queue.settled());
    expect(world.data.find(address())).toMatchObject({ cursor: 1 });
    expect(node.counters.value('mqueue_store_errors', 'STORE_UNAVAILABLE')).toBeGreaterThan(1);
  });

  it('writes nothing at the stop but the cursor when nothing was added', async () => {
    const world = await worldWith('1', '2');
    const node = await world.start(both);
    await fetch(node, 1);
    const { generation } = world.data.find(address())!;
    await world.stop(node);
    expect(world.data.find(address())).toMatchObject({ generation, cursor: 1, owner: undefined });
    expect(await world.content()).toEqual(['2']);
  });

  it('writes what is left where items behind others were consumed first', async () => {
    const world = await worldWith('1', '2', '3');
    const leased = { ...both, leaseMs: 60_000 };
    const node = await world.start(leased);
    await node.queue.fetch();
    await (await node.queue.fetch())?.ack();
    await world.stop(node);
    expect(await world.content(leased)).toEqual(['1', '3']);
  });

  it('items that were dropped, replaced or too old do not come back', async () => {
    const world = await worldWith('1', '2', '3');
    const node = await world.start({ ...both, size: 3, addMode: 'replace' });
    await add(node, '4', '3');
    await world.stop(node);
    expect(await world.content()).toEqual(['2', '4', '3']);
  });

  it('saves and reads 2,500 items in chunks and pages', async () => {
    const texts = Array.from({ length: 2_500 }, (_, index) => String(index));
    const world = await worldWith(...texts);
    const node = await world.start(both);
    expect(node.store.calls.filter((call) => call === 'read')).toHaveLength(3);
    expect(all(node.queue)).toEqual(texts);
  });

  it('saves large items in chunks of a megabyte', async () => {
    const world = new QueueWorld();
    const node = await world.start(both);
    for (let index = 0; index < 10; index++) await node.queue.add('k', new Uint8Array(400_000));
    await world.stop(node);
    expect(node.store.calls.filter((call) => call === 'stage')).toHaveLength(5);
  });

  it('a limit that has become smaller loses nothing at the start; adds drop then', async () => {
    const world = await worldWith('1', '2', '3');
    const node = await world.start({ ...both, size: 2 });
    expect(all(node.queue)).toEqual(['1', '2', '3']);
    await add(node, '4');
    expect(all(node.queue)).toEqual(['3', '4']);
  });
});

describe('dbmode save', () => {
  it('is ready at once, reads nothing, and writes behind what is there, again and again', async () => {
    const world = await worldWith('1');
    const node = world.node([definition(save)]);
    expect(node.queues.states()[0]?.state).toBe('ready');
    await add(node, '2', '3');
    node.queues.start();
    await world.pass(0);
    expect(all(node.queue)).toEqual(['2', '3']);
    await fetch(node, 1);
    await world.stop(node);
    const next = await world.start(save);
    expect(next.queue.size()).toBe(0);
    await add(next, '4');
    await world.stop(next);
    expect(await world.content()).toEqual(['1', '3', '4']);
  });

  it('with an empty queue changes nothing', async () => {
    const world = await worldWith('1');
    const node = await world.start(save);
    await world.stop(node);
    expect(node.store.calls).not.toContain('commit');
    expect(await world.content()).toEqual(['1']);
  });

  it('works while the store is away, as long as it is there at the stop', async () => {
    const world = await worldWith('1');
    const node = world.node([definition(save)]);
    node.trouble.fail('STORE_UNAVAILABLE');
    node.queues.start();
    await world.pass(60_000);
    await add(node, '2');
    node.trouble.heal();
    expect(await world.stop(node)).toEqual({ spilled: [], lost: [], fenced: [] });
    expect(await world.content()).toEqual(['1', '2']);
  });

  it('writes once when another process has claimed the partition meanwhile', async () => {
    const world = new QueueWorld();
    const node = await world.start(save);
    const other = await world.start(save);
    await add(node, '1');
    await add(other, '2');
    await world.stop(node);
    await world.stop(other);
    expect(await world.content()).toEqual(['1', '2']);
  });
});

describe('dbmode load', () => {
  it('reads at the start and writes nothing but what has been consumed', async () => {
    const world = await worldWith('1', '2', '3');
    const node = await world.start(load);
    expect(await fetch(node, 1)).toEqual(['1']);
    await add(node, '4');
    await world.stop(node);
    expect(node.store.calls).not.toContain('commit');
    expect(await world.content()).toEqual(['2', '3']);
  });

  it('keeps what was not consumed, also where items behind it were', async () => {
    const world = await worldWith('1', '2', '3');
    const node = await world.start({ ...load, leaseMs: 60_000 });
    await node.queue.fetch();
    await (await node.queue.fetch())?.ack();
    await add(node, '4');
    await world.stop(node);
    expect(await world.content()).toEqual(['1', '3']);
  });
});

describe('a start', () => {
  it('takes adds and fetches only when the queue has been read', async () => {
    const world = await worldWith('1');
    const node = world.node([definition(both)]);
    node.trouble.hold('read');
    node.queues.start();
    await world.pass(100);
    expect(node.queues.states()).toEqual([{ name: 'calls', state: 'loading', why: undefined }]);
    await expect(node.queue.add('k', '2')).rejects.toMatchObject({ code: 'QUEUE_NOT_READY' });
    await expect(node.queue.fetch()).rejects.toMatchObject({ code: 'QUEUE_NOT_READY' });
    await expect(node.queue.clear()).rejects.toMatchObject({ code: 'QUEUE_NOT_READY' });
    node.trouble.resume();
    await world.until(node.queues.ready());
    expect(node.queues.states()[0]?.state).toBe('ready');
    expect(all(node.queue)).toEqual(['1']);
  });

  it('waits for a store that is away: says so at once, then once a minute, and when it is over', async () => {
    const world = await worldWith('1');
    const node = world.node([definition(both)]);
    node.trouble.fail('STORE_UNAVAILABLE');
    node.queues.start();
    await world.pass(0);
    expect(node.queues.states()[0]).toMatchObject({ state: 'loading', why: 'open: made to fail' });
    await world.pass(59_000);
    expect(node.log.messages('warn')).toEqual(['mqueue: the store can not be used']);
    await world.pass(119_000);
    expect(node.log.messages('warn')).toHaveLength(3);
    expect(node.store.calls.length).toBeLessThan(100);
    node.trouble.heal();
    await world.pass(6_000);
    await node.queues.ready();
    expect(node.log.messages('info')).toEqual(['mqueue: the store is there', 'mqueue: queue read']);
    expect(all(node.queue)).toEqual(['1']);
  });

  it.each<StoreErrorCode>(['STORE_CORRUPT', 'STORE_NEWER', 'STORE_UNFIT', 'STORE_REFUSED'])(
    'with %s serves nothing, and is tried again each half minute',
    async (code) => {
      const world = await worldWith('1');
      const node = world.node([definition(both)]);
      const call = code === 'STORE_UNFIT' ? 'open' : 'read';
      node.trouble.fail(code, { calls: [call] });
      node.queues.start();
      await world.pass(100);
      expect(node.queues.states()[0]).toMatchObject({ state: 'failed', why: `${call}: made to fail` });
      expect(node.log.messages('error')).toHaveLength(1);
      await expect(node.queue.add('k', '2')).rejects.toMatchObject({ code: 'QUEUE_NOT_READY' });
      await world.pass(31_000);
      expect(node.store.calls.filter((each) => each === call)).toHaveLength(2);
      node.trouble.heal();
      await world.pass(31_000);
      expect(all(node.queue)).toEqual(['1']);
    },
  );

  it.each([
    ['generation', 'read', both],
    ['journal', 'readJournal', durable],
  ] as const)('that misses items of the %s serves nothing, and says where', async (part, call, mode) => {
    const world = new QueueWorld();
    const before = await world.start(mode);
    await world.until(before.queue.add('k', '1'));
    if (part === 'journal') world.kill(before);
    else await world.stop(before);
    const node = world.node([definition(mode)]);
    node.store[call] = async () => [];
    node.queues.start();
    await world.pass(100);
    const why = `${part} of test/calls/0: nothing at position 0 of 1`;
    expect(node.queues.states()[0]).toEqual({ name: 'calls', state: 'failed', why });
    await expect(node.queue.fetch()).rejects.toMatchObject({ code: 'QUEUE_NOT_READY' });
  });

  it('that finds more than fits into memory fails, and reads it all once there is room', async () => {
    const world = await worldWith('x'.repeat(500), 'y'.repeat(500));
    const node = world.node([definition(both)], { totalBytes: 1_500 });
    node.queues.start();
    await world.pass(100);
    expect(node.queues.states()[0]).toMatchObject({
      state: 'failed',
      why: expect.stringContaining('mqueue_total_bytes'),
    });
    expect(node.queue.stats()).toMatchObject({ size: 0, bytes: 0 });
    expect(await world.stop(node)).toEqual({ spilled: [], lost: [], fenced: [] });
    expect((await world.content()).map((text) => text[0])).toEqual(['x', 'y']);
  });

  it('that fails in the middle begins again, and doubles nothing', async () => {
    const texts = Array.from({ length: 2_500 }, (_, index) => String(index));
    const world = await worldWith(...texts);
    const node = world.node([definition(both)]);
    node.trouble.hold('read');
    node.queues.start();
    await world.pass(0);
    node.trouble.resume();
    node.trouble.fail('STORE_UNAVAILABLE', { calls: ['read'], times: 1 });
    await world.pass(0);
    await world.pass(1_000);
    await node.queues.ready();
    expect(all(node.queue)).toEqual(texts);
  });

  it('says what the store has to say', async () => {
    const world = new QueueWorld();
    const node = world.node([definition(both)]);
    node.store.notes = ['maxmemory-policy is volatile-lru'];
    node.queues.start();
    await world.pass(0);
    expect(node.log.messages('info')).toContain('mqueue: maxmemory-policy is volatile-lru');
  });

  it('with another durability finds what the journal had, in order', async () => {
    const world = new QueueWorld();
    const first = await world.start(saved);
    await add(first, '1', '2');
    await world.stop(first);
    const always = await world.start(durable);
    await world.until(Promise.all(['3', '4', '5'].map((text) => always.queue.add('k', text))));
    expect(value(await world.until(always.queue.fetch()))).toBe('1');
    world.kill(always);
    const next = await world.start(saved);
    expect(all(next.queue)).toEqual(['2', '3', '4', '5']);
    await fetch(next, 3);
    await next.queue.settled();
    world.kill(next);
    expect(await world.content()).toEqual(['5']);
  });

  it('with dbmode save leaves the journal of a former durability in front', async () => {
    const world = new QueueWorld();
    const always = await world.start(durable);
    await world.until(Promise.all(['1', '2'].map((text) => always.queue.add('k', text))));
    world.kill(always);
    const node = await world.start(save);
    await add(node, '3');
    await world.stop(node);
    expect(await world.content()).toEqual(['1', '2', '3']);
  });
});

describe('a stop', () => {
  it('while the queue is being read writes nothing: what was there stays whole', async () => {
    const world = await worldWith('1', '2');
    const before = structuredClone(world.data.find(address())!);
    const node = world.node([definition(both)]);
    node.trouble.hold('read');
    node.queues.start();
    await world.pass(10);
    const ready = node.queues.ready();
    ready.catch(() => {});
    const stopped = node.queues.stop(10_000);
    await world.pass(10);
    node.trouble.resume();
    expect(await world.until(stopped)).toEqual({ spilled: [], lost: [], fenced: [] });
    await expect(ready).rejects.toMatchObject({ code: 'QUEUE_STOPPED' });
    expect(world.data.find(address())).toMatchObject({
      items: before.items,
      generation: before.generation,
      cursor: 0,
      owner: undefined,
    });
    expect(await world.content()).toEqual(['1', '2']);
  });

  it('while the store hangs in the middle of a read ends in time, and writes nothing', async () => {
    const world = await worldWith('1', '2');
    const node = world.node([definition(both)]);
    node.trouble.hold('read');
    node.queues.start();
    await world.pass(10);
    const begun = world.clock.now();
    await world.stop(node, 3_000);
    expect(world.clock.now() - begun).toBeLessThanOrEqual(3_100);
    expect(await world.content()).toEqual(['1', '2']);
  });

  it('before the start, and a start afterwards, do nothing', async () => {
    const world = await worldWith('1');
    const node = world.node([definition(both)]);
    expect(await world.stop(node)).toEqual({ spilled: [], lost: [], fenced: [] });
    node.queues.start();
    await world.pass(1_000);
    expect(node.store.calls).toEqual([]);
    expect(await world.content()).toEqual(['1']);
  });

  it('said twice is one', async () => {
    const world = new QueueWorld();
    const node = await world.start(both);
    await add(node, '1');
    const first = node.queues.stop(10_000);
    expect(node.queues.stop(1)).toBe(first);
    await world.until(first);
    expect(node.store.calls.filter((call) => call === 'commit')).toHaveLength(1);
    expect(world.clock.pending).toBe(0);
  });

  it('goes through replies that are lost at every call', async () => {
    const world = await worldWith('1', '2');
    const node = await world.start(both);
    await add(node, ...Array.from({ length: 1_500 }, (_, index) => `new ${index}`));
    await fetch(node, 1);
    for (const call of ['stage', 'commit', 'release'] as const) {
      node.trouble.fail('REPLY_LOST', { calls: [call], times: 1 });
    }
    expect(await world.stop(node)).toEqual({ spilled: [], lost: [], fenced: [] });
    const content = await world.content();
    expect(content).toHaveLength(1_501);
    expect(content.slice(0, 2)).toEqual(['2', 'new 0']);
  });

  it('is tried again while the store is away or refuses, until it takes the queue', async () => {
    const world = new QueueWorld();
    const node = await world.start(both);
    await add(node, '1');
    node.trouble.fail('STORE_REFUSED', { calls: ['commit'] });
    const stopped = node.queues.stop(10_000);
    await world.pass(4_000);
    node.trouble.heal();
    expect(await world.until(stopped)).toEqual({ spilled: [], lost: [], fenced: [] });
    expect(await world.content()).toEqual(['1']);
  });
});

it('a queue that was half consumed, and had a journal for a while, counts what is consumed from its new front', async () => {
  const world = new QueueWorld();
  const first = await world.start(saved);
  await add(first, 'a', 'b', 'c', 'd');
  await world.stop(first);
  const second = await world.start(saved);
  await fetch(second, 2);
  await world.stop(second);
  const third = await world.start(durable);
  await world.until(third.queue.add('e', 'e'));
  world.kill(third);
  const fourth = await world.start({ ...saved, leaseMs: 60_000 });
  const items = [await fourth.queue.fetch(), await fourth.queue.fetch(), await fourth.queue.fetch()];
  expect(items.map(value)).toEqual(['c', 'd', 'e']);
  await items[2]!.ack();
  await world.pass(1_000);
  world.kill(fourth);
  expect(await world.content()).toEqual(['c', 'd', 'e']);
});
