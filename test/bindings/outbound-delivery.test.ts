import { describe, expect, it } from 'vitest';
import { OutboundDelivery } from '../../src/bindings/outbound-delivery.ts';
import type { Delivery } from '../../src/bus/sender.ts';
import type { OutboundBinding, Recipients } from '../../src/core/bindings/binding.ts';
import { formatNodeUri, type NodeUri } from '../../src/core/node-uri.ts';
import type { FetchedItem } from '../../src/queues/fetched-item.ts';
import { uriOf } from '../core/records.ts';
import { definition, QueueWorld } from '../queues/queue-world.ts';

/** Sends to nodes that answer with the codes of `answers`, 202 where none is given. */
function newDelivery(recipients: Recipients = { kind: 'all' }) {
  const binding: OutboundBinding = {
    kind: 'outbound',
    queue: 'calls',
    channel: 'x',
    recipients,
    contentType: 'text/plain',
    timeoutMs: 5_000,
    retryMs: 500,
    retryMaxMs: 30_000,
    concurrency: 1,
  };
  const sent: string[] = [];
  const state = { active: [] as NodeUri[], answers: new Map<string, number>(), whileSending: () => {} };
  const delivery = new OutboundDelivery({
    binding,
    active: () => state.active,
    send: async (uri, item): Promise<Delivery> => {
      sent.push(`${uri.host} ${item.valueText()}`);
      state.whileSending();
      const code = state.answers.get(uri.host) ?? 202;
      return { node: uri, code, reason: '', reply: undefined, failure: undefined, elapsedMs: 1 };
    },
  });
  return { delivery, sent, state };
}

/** Items of a queue, fetched and lent. */
async function itemsOf(...values: string[]): Promise<FetchedItem[]> {
  const { queues, queue } = new QueueWorld().node([definition({ leaseMs: 60_000 })]);
  queues.start();
  const items: FetchedItem[] = [];
  for (const value of values) await queue.add(value.startsWith('sip:') ? value : 'key', value);
  for (const _ of values) items.push((await queue.fetch())!);
  return items;
}

const [one, two, three] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((host) => uriOf(host)) as [
  NodeUri,
  NodeUri,
  NodeUri,
];

describe('a broadcast of an item', () => {
  it('is delivered when every active node has answered 2xx', async () => {
    const { delivery, sent, state } = newDelivery();
    state.active = [one, two];
    state.answers.set(two.host, 200);
    const [item] = await itemsOf('hello');
    expect(await delivery.send(item!)).toEqual({ kind: 'delivered' });
    expect(sent).toEqual(['10.0.0.1 hello', '10.0.0.2 hello']);
  });

  it.each([408, 403, 500, 503, 603])('is sent again after %d to those only that have not got it', async (code) => {
    const { delivery, sent, state } = newDelivery();
    state.active = [one, two];
    state.answers.set(two.host, code);
    const [item] = await itemsOf('hello');
    expect(await delivery.send(item!)).toMatchObject({ kind: 'failed', failures: [{ node: two, code }] });
    expect(await delivery.send(item!)).toMatchObject({ kind: 'failed' });
    state.answers.clear();
    expect(await delivery.send(item!)).toEqual({ kind: 'delivered' });
    expect(sent).toEqual(['10.0.0.1 hello', '10.0.0.2 hello', '10.0.0.2 hello', '10.0.0.2 hello']);
  });

  it('reaches who has joined meanwhile', async () => {
    const { delivery, sent, state } = newDelivery();
    state.active = [one];
    state.answers.set(one.host, 503);
    const [item] = await itemsOf('hello');
    await delivery.send(item!);
    state.active = [one, three];
    await delivery.send(item!);
    state.answers.clear();
    expect(await delivery.send(item!)).toEqual({ kind: 'delivered' });
    expect(sent.filter((line) => line.startsWith(three.host))).toEqual(['10.0.0.3 hello']);
  });

  it('does not wait for who has left meanwhile', async () => {
    const { delivery, state } = newDelivery();
    state.active = [one, two];
    state.answers.set(two.host, 408);
    state.whileSending = () => {
      state.active = [one];
    };
    const [item] = await itemsOf('hello');
    expect(await delivery.send(item!)).toEqual({ kind: 'delivered' });
  });

  it('takes 404 for the answer of a node that has no such channel', async () => {
    const { delivery, state } = newDelivery();
    state.active = [one, two];
    state.answers.set(two.host, 404);
    const [item] = await itemsOf('hello');
    expect(await delivery.send(item!)).toEqual({ kind: 'delivered' });
  });

  it('to nobody is not delivered', async () => {
    const { delivery } = newDelivery();
    const [item] = await itemsOf('hello');
    expect(await delivery.send(item!)).toEqual({ kind: 'failed', failures: [] });
  });

  it('is remembered of a bounded number of items', async () => {
    const { delivery, sent, state } = newDelivery();
    state.active = [one, two];
    state.answers.set(two.host, 503);
    const items = await itemsOf(...Array.from({ length: 102 }, (_, index) => `item ${index}`));
    for (const item of items) await delivery.send(item);
    sent.length = 0;
    await delivery.send(items[101]!);
    await delivery.send(items[0]!);
    expect(sent).toEqual(['10.0.0.2 item 101', '10.0.0.1 item 0', '10.0.0.2 item 0']);
  });
});

describe('an item for one node', () => {
  it('is delivered when that one has answered 2xx, active or not', async () => {
    const { delivery, sent, state } = newDelivery({ kind: 'node', uri: three });
    state.active = [one];
    const [item] = await itemsOf('hello');
    expect(await delivery.send(item!)).toEqual({ kind: 'delivered' });
    expect(sent).toEqual(['10.0.0.3 hello']);
  });

  it('is not delivered by a 404: there it was meant for that channel', async () => {
    const { delivery, state } = newDelivery({ kind: 'node', uri: three });
    state.answers.set(three.host, 404);
    const [item] = await itemsOf('hello');
    expect(await delivery.send(item!)).toMatchObject({ kind: 'failed', failures: [{ code: 404 }] });
  });

  it('goes where its key says', async () => {
    const { delivery, sent } = newDelivery({ kind: 'key' });
    const [item] = await itemsOf(formatNodeUri(two));
    expect(await delivery.send(item!)).toEqual({ kind: 'delivered' });
    expect(sent).toEqual([`10.0.0.2 ${formatNodeUri(two)}`]);
  });

  it('can not be sent when its key is no SIP URI', async () => {
    const { delivery, sent } = newDelivery({ kind: 'key' });
    const [item] = await itemsOf('hello');
    expect(await delivery.send(item!)).toEqual({ kind: 'unsendable' });
    expect(sent).toEqual([]);
  });
});
