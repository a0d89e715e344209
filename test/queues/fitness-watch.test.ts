import { expect, it } from 'vitest';
import { QueueWorld, saved } from './queue-world.ts';

const message = 'mqueue: the store is not fit any more: queues in it may be lost';

it('a store that is not fit any more is said and counted once a minute, and served from all the same', async () => {
  const world = new QueueWorld();
  const node = await world.start(saved);
  await world.pass(120_000);
  expect(node.counters.value('mqueue_store_errors', 'STORE_UNFIT')).toBe(0);
  node.trouble.fail('STORE_UNFIT', { calls: ['open'] });
  await world.pass(180_000);
  expect(node.counters.value('mqueue_store_errors', 'STORE_UNFIT')).toBe(3);
  expect(node.log.messages('error')).toEqual([message, message, message]);
  expect(node.queues.states()[0]?.state).toBe('ready');
  node.trouble.heal();
  await world.pass(60_000);
  expect(node.log.messages('info')).toContain('mqueue: the store is fit again');
});

it('one that is away is not called unfit, and none is looked at after the stop', async () => {
  const world = new QueueWorld();
  const node = await world.start(saved);
  node.trouble.fail('STORE_UNAVAILABLE', { calls: ['open'] });
  await world.pass(120_000);
  expect(node.log.messages('error')).toEqual([]);
  const opened = (): number => node.store.calls.filter((call) => call === 'open').length;
  expect(opened()).toBe(3);
  await world.stop(node);
  await world.pass(120_000);
  expect(opened()).toBe(3);
});
