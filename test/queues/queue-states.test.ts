import { describe, expect, it } from 'vitest';
import { durable, type QueueNode, QueueWorld, saved } from './queue-world.ts';

const state = ({ queues }: QueueNode) => queues.states()[0];
const ready = { name: 'calls', state: 'ready', why: undefined };

describe('with durability always a queue whose store goes away', () => {
  it('is ready as long as adds wait for it, then failed and why, and ready when it is back', async () => {
    const world = new QueueWorld();
    const node = await world.start(durable);
    node.trouble.fail('STORE_UNAVAILABLE');
    node.queue.add('k', '1').catch(() => {});
    await world.pass(9_000);
    expect(state(node)).toEqual(ready);
    await world.pass(2_000);
    const why = 'nothing can be added or fetched: append: made to fail';
    expect(state(node)).toEqual({ name: 'calls', state: 'failed', why });
    await expect(node.queue.add('k', '2')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    node.trouble.heal();
    await world.pass(2_000);
    expect(state(node)).toEqual(ready);
  });

  it('says so also while nobody asks it for anything', async () => {
    const world = new QueueWorld();
    const node = await world.start(durable);
    node.trouble.fail('STORE_UNAVAILABLE');
    await world.pass(12_500 + 10_000 + 1_000);
    const why = 'nothing can be added or fetched: keepAlive: made to fail';
    expect(state(node)).toEqual({ name: 'calls', state: 'failed', why });
    node.trouble.heal();
    await world.pass(1_500);
    expect(state(node)).toEqual(ready);
  });

  it('goes through a moment without its store as if nothing were', async () => {
    const world = new QueueWorld();
    const node = await world.start(durable);
    node.trouble.fail('STORE_UNAVAILABLE', { calls: ['keepAlive'], times: 4 });
    for (let second = 0; second < 40; second++) {
      await world.pass(1_000);
      expect(state(node)).toEqual(ready);
    }
  });

  it('is failed at once when its store refuses, until it takes things again', async () => {
    const world = new QueueWorld();
    const node = await world.start(durable);
    node.trouble.fail('STORE_REFUSED', { calls: ['append'] });
    await expect(world.until(node.queue.add('k', '1'))).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    expect(state(node)).toMatchObject({ state: 'failed', why: expect.stringContaining('append: made to fail') });
    node.trouble.heal();
    await world.pass(2_000);
    expect(state(node)).toEqual(ready);
  });

  it('is failed too while a store that has lost it can not be written anew', async () => {
    const world = new QueueWorld();
    const node = await world.start(durable);
    node.trouble.fail('STORE_GAP', { calls: ['append'], times: 1 });
    node.trouble.fail('STORE_UNAVAILABLE', { calls: ['claim'] });
    const adding = node.queue.add('k', '1');
    await expect(world.until(adding)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    const why = 'nothing can be added or fetched: it did not answer in time';
    expect(state(node)).toEqual({ name: 'calls', state: 'failed', why });
    node.trouble.heal();
    await world.pass(6_000);
    expect(state(node)).toEqual(ready);
    expect(node.queue.size()).toBe(1);
  });
});

it('with durability stop a queue that its store has lost is ready too: the sign of life finds it and says so once', async () => {
  const world = new QueueWorld();
  const node = await world.start(saved);
  node.trouble.fail('STORE_GAP', { calls: ['keepAlive'], times: 2 });
  await world.pass(30_000);
  expect(state(node)).toEqual(ready);
  expect(node.log.messages('error')).toEqual(['mqueue: the store has lost a queue, it is written anew at the stop']);
});

it('with durability stop a queue goes on without its store, and is ready', async () => {
  const world = new QueueWorld();
  const node = await world.start(saved);
  node.trouble.fail('STORE_UNAVAILABLE');
  await node.queue.add('k', '1');
  await world.pass(60_000);
  expect(state(node)).toEqual(ready);
});
