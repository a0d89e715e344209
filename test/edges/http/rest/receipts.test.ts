import { expect, it } from 'vitest';
import { Receipts } from '../../../../src/edges/http/rest/receipts.ts';
import { SeededRandom } from '../../../fakes/seeded-random.ts';
import { QueueWorld } from '../../../queues/queue-world.ts';

async function lentItems(count: number) {
  const world = new QueueWorld();
  const { queue } = await world.start({ leaseMs: 10_000 });
  const receipts = new Receipts(world.clock, new SeededRandom(1));
  const given: string[] = [];
  for (let index = 0; index < count; index++) {
    await queue.add('k', String(index));
    given.push(receipts.give('calls', (await queue.fetch())!));
  }
  return { world, receipts, given };
}

it('a receipt stands for its item once, in its queue', async () => {
  const { receipts, given } = await lentItems(2);
  expect(new Set(given).size).toBe(2);
  expect(receipts.take('other', given[1]!)).toBeUndefined();
  expect(receipts.take('calls', given[1]!)?.valueText()).toBe('1');
  expect(receipts.take('calls', given[1]!)).toBeUndefined();
});

it('receipts that nobody uses are forgotten soon after their leases have ended', async () => {
  const { world, receipts } = await lentItems(1_000);
  await world.pass(10_000);
  expect(receipts.size).toBe(1_000);
  await world.pass(1_000);
  expect(receipts.size).toBe(0);
  expect(world.clock.pending).toBe(0);
});

it('nothing waits any more after a stop', async () => {
  const { world, receipts } = await lentItems(1);
  const before = world.clock.pending;
  receipts.stop();
  expect([receipts.size, world.clock.pending]).toEqual([0, before - 1]);
});
