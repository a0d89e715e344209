import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { SettingValues } from '../../src/index.ts';
import { loopbackAddresses } from '../loopback.ts';
import { machineHas } from '../machine.ts';
import { RedisServer } from '../redis/redis-server.ts';
import { type RunningNode, startNode } from '../running-node.ts';
import { measured, sees } from '../waiting.ts';

const address = await loopbackAddresses(import.meta.filename);
const folder = mkdtempSync(join(tmpdir(), 'kdmq-bindings-'));
afterAll(() => rmSync(folder, { recursive: true }));
let folders = 0;

const settings = (changes: SettingValues): SettingValues => {
  folders += 1;
  return {
    server_address: `sip:${address()}:5060`,
    partition: '0',
    data_dir: join(folder, String(folders)),
    ...changes,
  };
};
const fast = 'retry_ms=10;retry_max_ms=50;timeout_ms=1000';

/** A node with these queues and bindings, and one beside it that the test does things with. */
async function twoNodes(changes: SettingValues) {
  const stack = new AsyncDisposableStack();
  const bound = stack.use(await startNode(settings(changes)));
  const other = stack.use(await startNode(settings({ notification_address: bound.uri })));
  await sees(bound, [other.uri]);
  await sees(other, [bound.uri]);
  await bound.node.queues.ready();
  return { bound, other, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const sendTo = async (from: RunningNode, to: RunningNode, channel: string, body: string, deadlineMs = 5_000) =>
  from.node.sendMessage(channel, to.uri, body, { deadlineMs });

describe('a channel that goes into a queue', () => {
  it('answers 202 without a body, and the queue has key and value', async () => {
    await using nodes = await twoNodes({
      mqueue: 'name=incoming;durability=always',
      bindings: 'channel=events;queue=incoming',
    });
    const { code, reply } = await sendTo(nodes.other, nodes.bound, 'events', 'hello');
    expect({ code, body: reply?.body.length }).toEqual({ code: 202, body: 0 });
    expect(await nodes.bound.items('incoming')).toEqual([[nodes.other.uri, 'hello']]);
  });

  it('can have the Call-ID or a header as the key', async () => {
    await using nodes = await twoNodes({
      mqueue: ['name=a', 'name=b'],
      bindings: ['channel=a;queue=a;key=call_id', 'channel=b;queue=b;key=header:Content-Type'],
    });
    for (const channel of ['a', 'b']) await sendTo(nodes.other, nodes.bound, channel, 'x');
    expect((await nodes.bound.items('a'))[0]![0]).toMatch(/^\S{8,}$/);
    expect(await nodes.bound.items('b')).toEqual([['text/plain', 'x']]);
  });

  it('answers 503 with Retry-After while the queue is full, and takes messages again when it is not', async () => {
    await using nodes = await twoNodes({
      mqueue: 'name=incoming;durability=always;size=1',
      bindings: 'channel=events;queue=incoming',
    });
    expect((await sendTo(nodes.other, nodes.bound, 'events', 'one')).code).toBe(202);
    const refused = await sendTo(nodes.other, nodes.bound, 'events', 'two');
    expect({ code: refused.code, retryAfter: refused.reply?.header('Retry-After') }).toEqual({
      code: 503,
      retryAfter: '1',
    });
    await nodes.bound.node.queues.get('incoming').fetch();
    expect((await sendTo(nodes.other, nodes.bound, 'events', 'three')).code).toBe(202);
    expect(await nodes.bound.items('incoming')).toEqual([[nodes.other.uri, 'three']]);
  });

  it.skipIf(!machineHas('redis'))('answers 503 with Retry-After while the store is away', async () => {
    const server = await RedisServer.start({ address: address() });
    await using nodes = await twoNodes({
      mqueue: 'name=incoming;durability=always',
      bindings: 'channel=events;queue=incoming',
      db_url: `redis://${server.address}`,
      db_command_timeout: 0.2,
      db_connect_timeout: 0.2,
      shutdown_grace: 2,
    });
    expect((await sendTo(nodes.other, nodes.bound, 'events', 'one')).code).toBe(202);
    await server.stop();
    const { code, reply } = await sendTo(nodes.other, nodes.bound, 'events', 'two', 10_000);
    expect({ code, retryAfter: reply?.header('Retry-After') }).toEqual({ code: 503, retryAfter: '5' });
  });

  it('is taken: no program can have a peer there', async () => {
    await using node = await startNode(settings({ mqueue: 'name=a', bindings: 'channel=events;queue=a' }));
    expect(() => node.listen('events')).toThrow('channel "events" has a peer already');
  });
});

describe('a queue that is broadcast on a channel', () => {
  const mqueue = 'name=outgoing;durability=always;lease_ms=10000';
  const bindings = `queue=outgoing;channel=events;mode=broadcast;${fast}`;

  it('is sent item by item in the order of the adds, and is empty then', async () => {
    await using nodes = await twoNodes({ mqueue, bindings: `${bindings};content_type=application/json` });
    nodes.other.listen('events');
    const bodies = Array.from({ length: 20 }, (_, index) => `{"n":${index}}`);
    await Promise.all(bodies.map((body) => nodes.bound.addItem('outgoing', '', body)));
    await measured(5_000, () => expect(nodes.other.bodies('events')).toEqual(bodies));
    expect(nodes.other.received[0]!.request.contentType).toBe('application/json');
    await measured(5_000, () =>
      expect(nodes.bound.node.queues.get('outgoing').stats()).toMatchObject({ size: 0, leased: 0 }),
    );
  });

  it('waits until somebody is there', async () => {
    await using alone = await startNode(settings({ mqueue, bindings }));
    await alone.addItem('outgoing', '', 'early');
    await alone.node.joined();
    await using late = await startNode(settings({ notification_address: alone.uri }));
    late.listen('events');
    await measured(5_000, () => expect(late.bodies('events')).toEqual(['early']));
    expect(alone.node.queues.get('outgoing').stats().redelivered).toBe(0);
  });

  it('is sent again to those only that did not take it; what comes later waits behind it', async () => {
    await using nodes = await twoNodes({ mqueue, bindings });
    await using third = await startNode(settings({ notification_address: nodes.bound.uri }));
    await sees(nodes.bound, [nodes.other.uri, third.uri]);
    nodes.other.listen('events');
    const answers = [503, 500, 202, 202];
    const taken: string[] = [];
    third.node.registerPeer({
      name: 'events',
      callback: (request) => {
        const code = answers.shift()!;
        taken.push(`${Buffer.from(request.body)} ${code}`);
        return { code };
      },
    });
    await nodes.bound.addItem('outgoing', '', 'one');
    await nodes.bound.addItem('outgoing', '', 'two');
    await measured(5_000, () => expect(taken).toEqual(['one 503', 'one 500', 'one 202', 'two 202']));
    expect(nodes.other.bodies('events')).toEqual(['one', 'two']);
    expect(nodes.bound.counter('bindings_sent', 'failed')).toBe(2);
    await measured(5_000, () => expect(nodes.bound.counter('bindings_sent', 'delivered')).toBe(2));
  });

  it('gives an item to its dead-letter queue after max_deliveries, and goes on', async () => {
    await using nodes = await twoNodes({
      mqueue: [`${mqueue};max_deliveries=3;dead_letter=failed`, 'name=failed;durability=always'],
      bindings,
    });
    const seen: string[] = [];
    nodes.other.node.registerPeer({
      name: 'events',
      callback: (request) => {
        const body = Buffer.from(request.body).toString();
        seen.push(body);
        return { code: body === 'bad' ? 400 : 202 };
      },
    });
    await nodes.bound.addItem('outgoing', 'k', 'bad');
    await nodes.bound.addItem('outgoing', 'k', 'good');
    await measured(5_000, () => expect(seen).toEqual(['bad', 'bad', 'bad', 'good']));
    expect(await nodes.bound.items('failed')).toEqual([['k', 'bad']]);
  });

  it('keeps what was not delivered at a stop, for the next start', async () => {
    const own = settings({ mqueue, bindings });
    const first = await startNode(own);
    await using other = await startNode(settings({ notification_address: first.uri }));
    await sees(first, [other.uri]);
    const answers: number[] = [];
    other.node.registerPeer({ name: 'events', callback: () => ({ code: answers.push(503) > 0 ? 503 : 0 }) });
    await first.addItem('outgoing', '', 'one');
    await measured(5_000, () => expect(answers.length).toBeGreaterThan(0));
    await first.stop();
    await using second = await startNode({ ...own, bindings: [], notification_address: other.uri });
    expect(await second.items('outgoing')).toEqual([['', 'one']]);
  });
});

describe('a queue that is sent to one node', () => {
  it('is sent to that one only', async () => {
    const target = `sip:${address()}:5060`;
    await using nodes = await twoNodes({
      mqueue: 'name=outgoing;lease_ms=10000',
      bindings: `queue=outgoing;channel=events;mode=send;target=${target};${fast}`,
    });
    nodes.other.listen('events');
    await nodes.bound.addItem('outgoing', '', 'hello');
    await measured(5_000, () => expect(nodes.bound.counter('bindings_sent', 'failed')).toBeGreaterThan(0));
    await using third = await startNode(settings({ server_address: target }));
    third.listen('events');
    await measured(10_000, () => expect(third.bodies('events')).toEqual(['hello']));
    expect(nodes.other.bodies('events')).toEqual([]);
  });

  it('answers who asked: the key of a message that came leads back to its sender', async () => {
    await using nodes = await twoNodes({
      mqueue: ['name=questions', 'name=answers;lease_ms=10000'],
      bindings: ['channel=ask;queue=questions', `queue=answers;channel=answer;mode=send;target=key;${fast}`],
    });
    nodes.other.listen('answer');
    await sendTo(nodes.other, nodes.bound, 'ask', 'who is there?');
    const question = await nodes.bound.node.queues.get('questions').fetch();
    await nodes.bound.addItem('answers', question!.keyText(), 'me');
    await measured(5_000, () => expect(nodes.other.bodies('answer')).toEqual(['me']));
  });

  it('drops what names no node in its key, or gives it to the dead-letter queue', async () => {
    await using nodes = await twoNodes({
      mqueue: [
        'name=dropping;lease_ms=10000',
        'name=keeping;lease_ms=10000;max_deliveries=2;dead_letter=failed',
        'name=failed',
      ],
      bindings: ['dropping', 'keeping'].map((queue) => `queue=${queue};channel=x;mode=send;target=key;${fast}`),
    });
    await nodes.bound.addItem('dropping', 'nobody', 'a');
    await nodes.bound.addItem('keeping', 'nobody', 'b');
    await measured(5_000, () => expect(nodes.bound.counter('bindings_sent', 'unsendable')).toBe(2));
    expect(await nodes.bound.items('failed')).toEqual([['nobody', 'b']]);
  });
});

describe('how bindings stand', () => {
  const shown = ({ node }: RunningNode) =>
    node.bindings().map(({ name, direction, state, why, counts }) => ({ name, direction, state, why, counts }));

  it('is shown with what came of their messages', async () => {
    await using nodes = await twoNodes({
      mqueue: ['name=incoming;durability=always;size=1', `name=outgoing;lease_ms=5000`],
      bindings: ['channel=events;queue=incoming', `queue=outgoing;channel=orders;mode=broadcast;${fast}`],
    });
    const { bound, other } = nodes;
    const counts = { stored: 0, full: 0, too_large: 0, unavailable: 0 };
    const sent = { delivered: 0, failed: 0, unsendable: 0 };
    const inbound = { name: 'channel events to queue incoming', direction: 'inbound', why: undefined, counts } as const;
    const outbound = { name: 'queue outgoing to channel orders', direction: 'outbound', why: undefined } as const;
    await measured(5_000, () =>
      expect(shown(bound)).toEqual([
        { ...inbound, state: 'ready' },
        { ...outbound, state: 'ready', counts: sent },
      ]),
    );
    other.listen('orders', { code: 500, reason: 'No' });
    await sendTo(other, bound, 'events', 'one');
    await sendTo(other, bound, 'events', 'two');
    await bound.addItem('outgoing', 'k', 'v');
    await measured(5_000, () => {
      const [first, second] = shown(bound);
      expect(first).toMatchObject({
        state: 'failing',
        why: expect.stringMatching(/^queue incoming is full/),
        counts: { stored: 1, full: 1 },
      });
      expect(second).toMatchObject({ state: 'failing', why: `${other.uri} 500 No` });
      expect(second?.counts.failed).toBeGreaterThan(0);
    });
    await bound.stop();
    expect(shown(bound).map(({ state }) => state)).toEqual(['stopped', 'stopped']);
  });
});
