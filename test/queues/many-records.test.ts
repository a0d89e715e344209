import { describe, expect, it } from 'vitest';
import { durable, type QueueNode, QueueWorld } from './queue-world.ts';
import { address } from './store-content.ts';

/** More than the arguments that a call can take. */
const MANY = 150_000;
const BATCH = 5_000;

async function addMany(world: QueueWorld, { queue }: QueueNode): Promise<void> {
  for (let from = 0; from < MANY; from += BATCH) {
    await world.until(Promise.all(Array.from({ length: BATCH }, (_, index) => queue.add('k', String(from + index)))));
  }
}

describe('with durability always and 150,000 items', () => {
  it('a store that comes back empty while all removals wait for it gets the queue anew', async () => {
    const world = new QueueWorld();
    const node = await world.start({ ...durable, ttlMs: 3_600_000 });
    await addMany(world, node);
    node.trouble.fail('STORE_UNAVAILABLE');
    await world.pass(3_600_000);
    expect(node.queue.stats()).toMatchObject({ size: 0, expired: MANY });
    Object.assign(world.data.find(address())!, { epoch: 0, journal: [], items: [] });
    node.trouble.heal();
    node.trouble.fail('STORE_CORRUPT', { calls: ['append'], times: 1 });
    await world.pass(15_000);
    await world.until(node.queue.add('k', 'after'));
    expect(node.queues.states()).toEqual([{ name: 'calls', state: 'ready', why: undefined }]);
    expect(await world.content(durable)).toEqual(['after']);
  });

  it('a partition that lies in its journal alone is adopted', async () => {
    const world = new QueueWorld();
    const left = await world.start(durable, { partition: '7', compactAbove: 10 * MANY });
    await addMany(world, left);
    world.kill(left);
    await world.pass(61_000);
    const node = await world.start(durable);
    await node.store.assign(address({ partition: '7' }), '0');
    await world.pass(15_000);
    expect(node.queue.size()).toBe(MANY);
  });
});
