import { describe, expect, it } from 'vitest';
import type { FetchedItem } from '../../src/queues/fetched-item.ts';
import { definition, durable, QueueWorld, saved, value } from './queue-world.ts';

describe.each([
  ['in memory', {}],
  ['with durability stop', saved],
  ['with durability always', durable],
])('waitFetch %s', (_, mode) => {
  it('gives at once what is there', async () => {
    const world = new QueueWorld();
    const { queue } = await world.start(mode);
    await world.until(queue.add('a', '1'));
    expect(value(await world.until(queue.waitFetch()))).toBe('1');
  });

  it('gives items to those who wait in the order in which they came', async () => {
    const world = new QueueWorld();
    const { queue } = await world.start(mode);
    const got: string[] = [];
    for (const name of ['first', 'second', 'third']) {
      void queue.waitFetch().then((item) => got.push(`${name} ${value(item)}`));
    }
    expect(queue.stats().waiting).toBe(3);
    for (const text of ['1', '2', '3']) void queue.add('k', text);
    await world.pass(10);
    expect(got).toEqual(['first 1', 'second 2', 'third 3']);
    expect(queue.stats()).toMatchObject({ waiting: 0, size: 0 });
  });

  it('does not let a fetch overtake those who wait', async () => {
    const world = new QueueWorld();
    const { queue } = await world.start(mode);
    const waiting = queue.waitFetch();
    const adding = queue.add('k', '1');
    const fetched = queue.fetch();
    await world.until(adding);
    expect(value(await world.until(waiting))).toBe('1');
    expect(await world.until(fetched)).toBeUndefined();
  });

  it('ends with nothing at its timeout, and leaves the next item to others', async () => {
    const world = new QueueWorld();
    const { queue } = await world.start(mode);
    const waiting = queue.waitFetch({ timeoutMs: 500 });
    await world.pass(499);
    expect(queue.stats().waiting).toBe(1);
    await world.pass(1);
    expect(await waiting).toBeUndefined();
    await world.until(queue.add('k', '1'));
    expect(value(await world.until(queue.fetch()))).toBe('1');
  });

  it('ends with nothing at an abort, at once when that has been', async () => {
    const world = new QueueWorld();
    const { queue } = await world.start(mode);
    const abort = new AbortController();
    const waiting = queue.waitFetch({ signal: abort.signal, timeoutMs: 60_000 });
    const other = queue.waitFetch({ timeoutMs: 60_000 });
    abort.abort();
    expect(await waiting).toBeUndefined();
    expect(await queue.waitFetch({ signal: abort.signal })).toBeUndefined();
    await world.until(queue.add('k', '1'));
    expect(value(await world.until(other))).toBe('1');
    expect(queue.stats().waiting).toBe(0);
  });

  it('ends with nothing when the node stops', async () => {
    const world = new QueueWorld();
    const node = await world.start(mode);
    const waiting = node.queue.waitFetch({ timeoutMs: 60_000 });
    await world.stop(node);
    expect(await waiting).toBeUndefined();
    await expect(node.queue.waitFetch()).rejects.toMatchObject({ code: 'QUEUE_STOPPED' });
    await expect(node.queue.fetch()).rejects.toMatchObject({ code: 'QUEUE_STOPPED' });
    await expect(node.queue.add('k', 'v')).rejects.toMatchObject({ code: 'QUEUE_STOPPED' });
    expect(world.clock.pending).toBe(0);
  });

  it('is woken by a delayed item, and by a lease that ends', async () => {
    const world = new QueueWorld();
    const { queue } = await world.start({ ...mode, leaseMs: 3_000 });
    await world.until(queue.add('k', '1', { delayMs: 1_000 }));
    const waiting = queue.waitFetch();
    await world.pass(1_000);
    expect(value(await waiting)).toBe('1');
    const again = queue.waitFetch();
    await world.pass(3_000);
    expect((await again)?.deliveries).toBe(2);
  });

  it('costs one timer for each that has a timeout, and leaves none behind', async () => {
    const world = new QueueWorld();
    const { queue } = await world.start(mode);
    const before = world.clock.pending;
    const waits = Array.from({ length: 100 }, () => queue.waitFetch({ timeoutMs: 60_000 }));
    expect(world.clock.pending).toBe(before + 100);
    for (let index = 0; index < 100; index++) void queue.add('k', String(index));
    await world.pass(10);
    const items: (FetchedItem | undefined)[] = await Promise.all(waits);
    expect(items.map(value)).toEqual(Array.from({ length: 100 }, (_, index) => String(index)));
    expect(world.clock.pending).toBe(before);
  });
});

it('whoever waits while the queue is being read is served when it has been', async () => {
  const world = new QueueWorld();
  const first = await world.start(saved);
  await first.queue.add('k', '1');
  await world.stop(first);
  const second = world.node([definition(saved)]);
  second.trouble.hold('read');
  second.queues.start();
  const waiting = second.queue.waitFetch();
  await world.pass(100);
  expect(second.queue.stats().waiting).toBe(1);
  second.trouble.resume();
  await world.pass(0);
  expect(value(await waiting)).toBe('1');
});
