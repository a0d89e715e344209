import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { Receipts } from '../../../../src/edges/http/rest/receipts.ts';
import { Settlements } from '../../../../src/edges/http/rest/settlements.ts';
import { SeededRandom } from '../../../fakes/seeded-random.ts';
import { fate, started } from '../../../queues/durable-world.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function isCollected(reference: WeakRef<object>): boolean {
  collect();
  return reference.deref() === undefined;
}

async function lent(count: number, leaseMs = 10_000) {
  const { world, queue, trouble, add } = await started({ leaseMs });
  const receipts = new Receipts(world.clock, new SeededRandom(1));
  const settlements = new Settlements(receipts, world.clock, 3);
  const given: string[] = [];
  for (let index = 0; index < count; index++) await add(String(index));
  for (let index = 0; index < count; index++) given.push(receipts.give('calls', (await world.until(queue.fetch()))!));
  const ack = (receipt: string) => settlements.settle('calls', receipt, 'ack', (lent) => lent.ack());
  const nack = (receipt: string) => settlements.settle('calls', receipt, 'nack', (lent) => lent.nack());
  return { world, queue, trouble, add, receipts, settlements, given, ack, nack };
}

it('an acknowledgement that is in doubt is settled by the same again, also after the time of its lease', async () => {
  const { world, trouble, given, ack, nack } = await lent(1);
  const [receipt = ''] = given;
  trouble.fail('STORE_UNAVAILABLE');
  const first = fate(ack(receipt));
  await world.pass(30_000);
  expect(first.error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await expect(ack(receipt)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(await nack(receipt)).toBe(false);
  trouble.heal();
  await world.pass(5_000);
  expect([await ack(receipt), await ack(receipt), await nack(receipt)]).toEqual([true, true, false]);
});

it('two that say the same at the same time get the same answer', async () => {
  const { world, queue, trouble, given, ack } = await lent(1);
  trouble.hold('append');
  const fates = [fate(ack(given[0]!)), fate(ack(given[0]!))];
  await world.pass(100);
  expect(fates.map(({ state }) => state)).toEqual(['open', 'open']);
  trouble.resume();
  await world.pass(0);
  expect(fates.map(({ result }) => result)).toEqual([true, true]);
  expect(queue.stats().acked).toBe(1);
});

it('of a lease that has ended, or that never was, nothing can be said', async () => {
  const { world, settlements, given, ack, nack } = await lent(1);
  await world.pass(20_000);
  expect([await ack(given[0]!), await nack('a'.repeat(24))]).toEqual([false, false]);
  expect(settlements.size).toBe(0);
});

it('of what was said a bounded number is remembered, the last of it', async () => {
  const { settlements, given, ack, world } = await lent(5);
  for (const receipt of given) expect(await world.until(ack(receipt))).toBe(true);
  expect(settlements.size).toBe(3);
  expect(await Promise.all(given.map(ack))).toEqual([false, false, true, true, true]);
});

it('what is in doubt is kept for some time, and a bounded number of it', async () => {
  const { world, trouble, settlements, given, ack, nack } = await lent(5, 3_600_000);
  trouble.fail('STORE_UNAVAILABLE');
  const fates = given.slice(0, 4).map((receipt) => fate(ack(receipt)));
  await world.pass(30_000);
  expect(fates.map(({ state }) => state)).toEqual(['failed', 'failed', 'failed', 'failed']);
  expect(settlements.size).toBe(3);
  await world.pass(600_000);
  expect(settlements.size).toBe(0);
  expect(await nack(given[4]!)).toBe(true);
  expect(settlements.size).toBe(1);
});

it('what is in doubt holds no bytes of its item: nothing counts them any more', async () => {
  const { world, queue, trouble, add, receipts, ack } = await lent(0, 3_600_000);
  await add('x'.repeat(1_000_000), 'next');
  const { receipt, bytes } = await (async () => {
    const item = (await world.until(queue.fetch()))!;
    return { receipt: receipts.give('calls', item), bytes: new WeakRef(item.value.buffer) };
  })();
  // A queue keeps the item that it gave last, as Kamailio's does.
  await world.until(queue.fetch());
  trouble.fail('STORE_UNAVAILABLE');
  const first = fate(ack(receipt));
  await world.pass(30_000);
  expect([first.state, queue.stats().bytes < 1_000]).toEqual(['failed', true]);
  await expect.poll(() => isCollected(bytes)).toBe(true);
  trouble.heal();
  await world.pass(5_000);
  expect(await ack(receipt)).toBe(true);
});

it('nothing waits any more after a stop', async () => {
  const { world, trouble, settlements, given, ack } = await lent(1);
  trouble.fail('STORE_UNAVAILABLE');
  const first = fate(ack(given[0]!));
  await world.pass(30_000);
  expect([first.state, settlements.size]).toEqual(['failed', 1]);
  const before = world.clock.pending;
  settlements.stop();
  expect([settlements.size, world.clock.pending]).toEqual([0, before - 1]);
});
