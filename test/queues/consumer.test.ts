import { describe, expect, it } from 'vitest';
import type { FetchedItem } from '../../src/queues/fetched-item.ts';
import { all, definition, durable, QueueWorld, saved } from './queue-world.ts';

/** Handlers that end when the test says so. */
function gate() {
  const running: { readonly text: string; readonly end: (error?: Error) => void }[] = [];
  const handler = (item: FetchedItem): Promise<void> =>
    new Promise((resolve, reject) => {
      running.push({ text: item.valueText(), end: (error) => (error === undefined ? resolve() : reject(error)) });
    });
  return { running, handler };
}

const leased = { leaseMs: 60_000 };

describe('a consumer', () => {
  it('gets items one after another, and acknowledges each when its handler has ended', async () => {
    const world = new QueueWorld();
    const { queue } = await world.start(leased);
    const { running, handler } = gate();
    queue.consume(handler);
    await queue.add('k', '1');
    await queue.add('k', '2');
    await world.pass(10);
    expect(running.map(({ text }) => text)).toEqual(['1']);
    expect(queue.stats()).toMatchObject({ leased: 1, acked: 0 });
    running[0]!.end();
    await world.pass(10);
    expect(running.map(({ text }) => text)).toEqual(['1', '2']);
    expect(queue.stats().acked).toBe(1);
  });

  it('runs as many handlers at a time as it is told', async () => {
    const world = new QueueWorld();
    const { queue } = await world.start(leased);
    const { running, handler } = gate();
    queue.consume(handler, { concurrency: 3 });
    for (let index = 0; index < 5; index++) await queue.add('k', String(index));
    await world.pass(10);
    expect(running.map(({ text }) => text)).toEqual(['0', '1', '2']);
    running[1]!.end();
    await world.pass(10);
    expect(running.map(({ text }) => text)).toEqual(['0', '1', '2', '3']);
  });

  it('gives an item back whose handler throws, says so, and pauses longer each time', async () => {
    const world = new QueueWorld();
    const { queue, log } = await world.start(leased);
    let calls = 0;
    queue.consume(() => {
      calls += 1;
      throw new Error('broken');
    });
    await queue.add('k', '1');
    await world.pass(0);
    expect(calls).toBe(1);
    expect(queue.stats()).toMatchObject({ size: 1, nacked: 1 });
    expect(log.lines[0]).toMatchObject({
      level: 'error',
      message: 'mqueue: a consumer failed',
      fields: { queue: 'calls', deliveries: 1, error: expect.stringContaining('broken') },
    });
    await world.pass(60_000);
    expect(calls).toBeGreaterThan(10);
    expect(calls).toBeLessThan(60);
  });

  it('may be there before the queue is, and goes on through the trouble of a store', async () => {
    const world = new QueueWorld();
    const node = world.node([definition({ ...durable, ...leased })]);
    const seen: string[] = [];
    node.queue.consume((item) => seen.push(item.valueText()));
    node.queues.start();
    await world.until(node.queues.ready());
    await world.until(node.queue.add('k', '1'));
    node.trouble.fail('STORE_UNAVAILABLE');
    const late = node.queue.add('k', '2');
    await world.pass(5_000);
    node.trouble.heal();
    await world.until(late);
    await world.pass(10_000);
    expect(seen).toEqual(['1', '2']);
    expect(node.queue.stats()).toMatchObject({ size: 0, leased: 0 });
  });

  it('takes no more once it is stopped, and ends when its handlers have', async () => {
    const world = new QueueWorld();
    const { queue } = await world.start(leased);
    const { running, handler } = gate();
    const consumer = queue.consume(handler);
    await queue.add('k', '1');
    await queue.add('k', '2');
    await world.pass(10);
    let ended = false;
    void consumer.stop().then(() => {
      ended = true;
    });
    await world.pass(10);
    expect(ended).toBe(false);
    running[0]!.end();
    await world.pass(10);
    expect(ended).toBe(true);
    expect(queue.stats()).toMatchObject({ size: 1, acked: 1, waiting: 0 });
    await consumer.stop();
  });

  it('whose queue another process has claimed ends, and asks no more', async () => {
    const world = new QueueWorld();
    const node = await world.start(saved);
    node.queue.consume(gate().handler);
    await world.pass(10);
    expect(node.queue.stats().waiting).toBe(1);
    const other = await world.start(saved);
    await world.pass(15_000);
    await other.queue.add('k', '1');
    await world.pass(60_000);
    expect(node.queues.states()[0]?.state).toBe('fenced');
    expect(node.queue.stats().waiting).toBe(0);
    expect(all(other.queue)).toEqual(['1']);
  });

  it('pauses when its acknowledgement fails with the store, and goes on when that is back', async () => {
    const world = new QueueWorld();
    const node = await world.start({ ...durable, ...leased });
    const { running, handler } = gate();
    await world.until(Promise.all(['1', '2', '3'].map((text) => node.queue.add('k', text))));
    node.queue.consume(handler);
    await world.pass(10);
    node.trouble.fail('STORE_UNAVAILABLE');
    running[0]!.end();
    await world.pass(60_000);
    expect(running.map(({ text }) => text)).toEqual(['1']);
    node.trouble.heal();
    await world.pass(10_000);
    expect(running.map(({ text }) => text)).toEqual(['1', '2']);
  });

  it('can finish what it has while the node stops, and add to other queues', async () => {
    const world = new QueueWorld();
    const node = world.node([definition({ ...saved, ...leased }), definition({ ...saved, name: 'done' })]);
    node.queues.start();
    await world.until(node.queues.ready());
    const { running, handler } = gate();
    node.queue.consume(async (item) => {
      await handler(item);
      await node.queues.get('done').add('k', item.value);
    });
    await node.queue.add('k', '1');
    await node.queue.add('k', '2');
    await world.pass(10);
    const stopped = node.queues.stop(10_000);
    await world.pass(1_000);
    running[0]!.end();
    await world.until(stopped);
    const next = world.node([definition(saved), definition({ ...saved, name: 'done' })]);
    next.queues.start();
    await world.until(next.queues.ready());
    expect([all(next.queue), all(next.queues.get('done'))]).toEqual([['2'], ['1']]);
  });

  it('that does not end holds up the stop for a part of its time only, and its item is kept', async () => {
    const world = new QueueWorld();
    const node = await world.start({ ...saved, ...leased });
    node.queue.consume(gate().handler);
    await node.queue.add('k', '1');
    await world.pass(10);
    const begun = world.clock.now();
    await world.stop(node, 9_000);
    expect(world.clock.now() - begun).toBeLessThanOrEqual(3_100);
    expect(await world.content()).toEqual(['1']);
  });
});
