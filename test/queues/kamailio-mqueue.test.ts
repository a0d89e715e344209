import { describe, expect, it } from 'vitest';
import { KamailioMqueue } from '../../src/queues/kamailio-mqueue.ts';
import { definition, durable, QueueWorld } from './queue-world.ts';

function script(changes = {}) {
  const { queues, queue } = new QueueWorld().node([definition(changes)]);
  return { mqueue: new KamailioMqueue(queues), queue };
}

describe("Kamailio's script functions", () => {
  it('mq_add: 1 when the pair is in, -1 without such a queue', async () => {
    const { mqueue } = script();
    expect(await mqueue.mq_add('calls', 'key', 'value')).toBe(1);
    expect(await mqueue.mq_add('bells', 'key', 'value')).toBe(-1);
  });

  it('mq_fetch: 1 for a pair, -2 when the queue is empty, -1 without such a queue', async () => {
    const { mqueue } = script();
    await mqueue.mq_add('calls', 'key', 'value');
    expect(await mqueue.mq_fetch('calls')).toBe(1);
    expect([mqueue.mqk('calls'), mqueue.mqv('calls')]).toEqual(['key', 'value']);
    expect(await mqueue.mq_fetch('calls')).toBe(-2);
    expect(await mqueue.mq_fetch('bells')).toBe(-1);
  });

  it('$mqk and $mqv keep the last pair until the next is fetched or it is freed', async () => {
    const { mqueue } = script();
    expect([mqueue.mqk('calls'), mqueue.mqv('calls'), mqueue.mqk('bells'), mqueue.mqv('bells')]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    await mqueue.mq_add('calls', 'a', '');
    await mqueue.mq_add('calls', 'b', '2');
    await mqueue.mq_fetch('calls');
    expect([mqueue.mqk('calls'), mqueue.mqv('calls')]).toEqual(['a', '']);
    await mqueue.mq_fetch('calls');
    expect([mqueue.mqk('calls'), mqueue.mqv('calls')]).toEqual(['b', '2']);
    expect(mqueue.mq_pv_free('calls')).toBe(1);
    expect([mqueue.mqk('calls'), mqueue.mqv('calls')]).toEqual([undefined, undefined]);
    expect(mqueue.mq_pv_free('bells')).toBe(-1);
  });

  it('mq_size: how many there are, -1 when there is none, -2 without such a queue', async () => {
    const { mqueue } = script();
    expect(mqueue.mq_size('calls')).toBe(-1);
    await mqueue.mq_add('calls', 'a', '1');
    expect(mqueue.mq_size('calls')).toBe(1);
    expect(mqueue.mq_size('bells')).toBe(-2);
  });

  it('take a pair for good, also where the queue has leases', async () => {
    const { mqueue, queue } = script({ leaseMs: 1_000 });
    await mqueue.mq_add('calls', 'a', '1');
    expect(await mqueue.mq_fetch('calls')).toBe(1);
    expect(queue.stats()).toMatchObject({ size: 0, leased: 0, acked: 1 });
  });

  it('answer -1 while the queue can not be asked, and no fetch clears the pair', async () => {
    const { mqueue } = script(durable);
    expect(await mqueue.mq_add('calls', 'a', '1')).toBe(-1);
    expect(await mqueue.mq_fetch('calls')).toBe(-1);
  });
});
