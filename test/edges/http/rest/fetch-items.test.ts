import { describe, expect, it } from 'vitest';
import { fetchItems } from '../../../../src/edges/http/rest/fetch-items.ts';
import { fate, started } from '../../../queues/durable-world.ts';
import { all, value } from '../../../queues/queue-world.ts';

const present = new AbortController().signal;

describe.each([
  ['without a lease', {}],
  ['with a lease', { leaseMs: 600_000, maxDeliveries: 1 }],
])('items of a queue with durability always, %s', (_, changes) => {
  it('are the oldest, no more than are wanted', async () => {
    const { world, queue, add } = await started(changes);
    await add('1', '2', '3');
    for (const waitMs of [0, 1_000]) {
      const items = await world.until(fetchItems(queue, { max: 1, waitMs, signal: present }));
      expect(items.map(value)).toEqual([waitMs === 0 ? '1' : '2']);
    }
    const rest = await world.until(fetchItems(queue, { max: 5, waitMs: 0, signal: present }));
    expect(rest.map(value)).toEqual(['3']);
    expect(await world.until(fetchItems(queue, { max: 5, waitMs: 0, signal: present }))).toEqual([]);
  });

  it.each([0, 5_000])(
    'stay there for the next when the client goes while the store is slow (wait_ms=%i)',
    async (waitMs) => {
      const { world, queue, trouble, add } = await started(changes);
      await add('1', '2', '3');
      trouble.hold('append');
      const fetching = fate(fetchItems(queue, { max: 2, waitMs, signal: world.abortAfter(400) }));
      await world.pass(400);
      expect(fetching).toMatchObject({ state: 'done', result: [] });
      trouble.resume();
      await world.pass(0);
      expect(all(queue)).toEqual(['1', '2', '3']);
      expect(queue.stats()).toMatchObject({ leased: 0, deadLettered: 0 });
      const next = await world.until(fetchItems(queue, { max: 3, waitMs, signal: present }));
      expect(next.map(value)).toEqual(['1', '2', '3']);
    },
  );

  it('are none, with the reason, when the store is away', async () => {
    const { world, queue, trouble, add } = await started(changes);
    await add('1', '2');
    trouble.fail('STORE_UNAVAILABLE');
    const fetching = fate(fetchItems(queue, { max: 2, waitMs: 0, signal: present }));
    await world.pass(12_000);
    expect(fetching.error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
