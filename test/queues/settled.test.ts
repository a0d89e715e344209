import { describe, expect, it } from 'vitest';
import { durable, QueueWorld, saved } from './queue-world.ts';

describe('settled', () => {
  it('rejects with a QueueError when the node stops before the store has answered', async () => {
    const world = new QueueWorld();
    const node = await world.start(durable);
    await world.until(node.queue.add('k', '1'));
    node.trouble.fail('STORE_UNAVAILABLE');
    node.queue.add('k', '2').catch(() => {});
    const settled = node.queue.settled().catch((error: unknown) => error);
    await world.stop(node, 2_000);
    expect(await settled).toMatchObject({ name: 'QueueError', code: 'STORE_UNAVAILABLE' });
  });

  it('rejects when the store is no longer told what was fetched, and never says that it knows', async () => {
    const world = new QueueWorld();
    const first = await world.start(saved);
    await first.queue.add('k', '1');
    await world.stop(first);
    const node = await world.start(saved);
    node.trouble.fail('STORE_UNAVAILABLE');
    await node.queue.fetch();
    const settled = node.queue.settled().catch((error: unknown) => error);
    await world.stop(node, 2_000);
    expect(await settled).toMatchObject({ name: 'QueueError', code: 'STORE_UNAVAILABLE' });
  });
});
