import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import type { SettingValues } from '../../../../src/index.ts';
import { loopbackAddresses } from '../../../loopback.ts';
import { RedisServer } from '../../../redis/redis-server.ts';
import { measured } from '../../../waiting.ts';
import type { RunningHttpParts } from '../running-http.ts';
import { problemIn, RunningRest } from './running-rest.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const folder = mkdtempSync(join(tmpdir(), 'kdmq-rest-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Item {
  readonly id: string;
  readonly key: unknown;
  readonly value: unknown;
  readonly receipt?: string;
}
interface Items {
  readonly items: readonly Item[];
  readonly next?: number;
}

/** A node with a queue `calls`, and others where they are named. */
async function withQueue(
  attributes: object = {},
  more: object = {},
  settings: SettingValues = {},
  access: RunningHttpParts['access'] = {},
): Promise<RunningRest> {
  const host = nextAddress();
  const mqueue = { calls: attributes, ...more };
  const all = { mqueue, partition: '0', data_dir: join(folder, host), ...settings };
  const rest = await RunningRest.start(host, all, access);
  await rest.node.queues.ready();
  return rest;
}

const items = '/queues/calls/items';
const add = (rest: RunningRest, ...values: string[]) =>
  rest.send(
    'POST',
    items,
    values.map((value) => ({ key: 'k', value })),
  );
const fetch = async (rest: RunningRest, query = ''): Promise<Items> => {
  const answer = await rest.send('POST', `/queues/calls/fetch${query}`);
  expect(answer.status).toBe(200);
  return answer.json<Items>();
};
const values = ({ items }: Items): unknown[] => items.map(({ value }) => value);
const durable = { durability: 'always' };

describe('items', () => {
  it('go in and come out, oldest first, whatever bytes they are', async () => {
    await using rest = await withQueue(durable);
    const one = await rest.send('POST', items, { key: 'alice', value: 'hällo' });
    expect([one.status, one.json()]).toEqual([201, { items: [{ id: expect.any(String), outcome: 'added' }] }]);
    const two = await rest.send('POST', items, [
      { key: { base64: '/w==' }, value: { base64: '/gA=' } },
      { key: '', value: '' },
    ]);
    expect(two.json<Items>().items).toHaveLength(2);
    expect(await fetch(rest, '?max=10')).toMatchObject({
      items: [
        { id: one.json<Items>().items[0]!.id, partition: '0', key: 'alice', value: 'hällo', deliveries: 0 },
        { key: { base64: '/w==' }, value: { base64: '/gA=' } },
        { key: '', value: '' },
      ],
    });
    expect(await fetch(rest)).toEqual({ items: [] });
  });

  it.each(['application/octet-stream', 'text/plain'])(
    'can be a body of %s, with the key in the query',
    async (type) => {
      await using rest = await withQueue();
      const headers = { 'content-type': type };
      const body = Uint8Array.of(0x68, 0x69, 0xff);
      const added = await rest.ask(`${items}?key=al%20ice`, { method: 'POST', headers, body });
      expect(added.status).toBe(201);
      expect(await fetch(rest)).toMatchObject({ items: [{ key: 'al ice', value: { base64: 'aGn/' } }] });
    },
  );

  it('are no forms: that is what curl calls JSON when nobody names a type', async () => {
    await using rest = await withQueue();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = JSON.stringify({ key: 'alice', value: 'sip:alice@example.org' });
    expect(problemIn(await rest.ask(items, { method: 'POST', headers, body }))).toMatchObject({
      status: 415,
      code: 'MEDIA_TYPE_UNKNOWN',
      detail: expect.stringContaining('Content-Type: application/json'),
    });
    expect(await fetch(rest)).toEqual({ items: [] });
  });

  it('count as one request for each hundred of a list, and what is too much adds none', async () => {
    await using rest = await withQueue({}, {}, {}, { rateLimit: 20, now: () => 0 });
    const addMany = async (many: number) => (await add(rest, ...new Array<string>(many).fill('x'))).status;
    expect(await addMany(1_000)).toBe(201);
    expect(await addMany(500)).toBe(201);
    const refused = await add(rest, ...new Array<string>(501).fill('x'));
    expect(problemIn(refused)).toMatchObject({ status: 429, code: 'TOO_MANY_REQUESTS', retryAfter: '1' });
    expect(rest.node.queues.get('calls').stats().size).toBe(1_500);
    expect([await addMany(100), await addMany(301), await addMany(300), await addMany(1)]).toEqual([
      201, 429, 429, 201,
    ]);
    expect(rest.counters.value('http_requests_refused', 'rate')).toBe(3);
  });

  it('that are delayed come when they are due', async () => {
    await using rest = await withQueue();
    await rest.send('POST', items, { key: 'k', value: 'later', delayMs: 1_500 });
    await rest.ask(`${items}?delay_ms=100`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: 'soon',
    });
    expect(await fetch(rest)).toEqual({ items: [] });
    expect(values(await fetch(rest, '?wait_ms=10000'))).toEqual(['soon']);
    expect(values(await fetch(rest, '?wait_ms=10000'))).toEqual(['later']);
  });

  it('of a key that is there are kept or replaced as addmode says, and the answer says so', async () => {
    await using rest = await withQueue({ addmode: 'keep_old' }, { newest: { addmode: 'replace' } });
    expect((await add(rest, 'a', 'b')).json()).toMatchObject({ items: [{ outcome: 'added' }, { outcome: 'kept' }] });
    const newest = await rest.send('POST', '/queues/newest/items', [
      { key: 'k', value: '1' },
      { key: 'k', value: '2' },
    ]);
    expect(newest.json()).toMatchObject({ items: [{ outcome: 'added' }, { outcome: 'replaced' }] });
  });

  it('are shown page by page without being taken', async () => {
    await using rest = await withQueue();
    await add(rest, ...'abcde');
    const first = await rest.get<Items>(`${items}?limit=2`);
    await fetch(rest, '?max=3');
    const second = await rest.get<Items>(`${items}?limit=2&after=${first.next}`);
    expect([first, second].map(values)).toEqual([
      ['a', 'b'],
      ['d', 'e'],
    ]);
    expect(second.next).toBeUndefined();
  });

  it('come in answers of a bounded size, but one at least', async () => {
    await using rest = await withQueue();
    const large = 'x'.repeat(1_500_000);
    for (const value of [large, large, large]) await add(rest, value);
    const page = await rest.get<Items>(items);
    expect(page.items).toHaveLength(2);
    expect((await rest.get<Items>(`${items}?after=${page.next}`)).items).toHaveLength(1);
    expect((await fetch(rest, '?max=3')).items).toHaveLength(2);
    expect((await fetch(rest, '?max=3')).items).toHaveLength(1);
  });

  it('are shown or given to eight clients that do not read large answers, and to the next when one has gone', async () => {
    await using rest = await withQueue({}, { other: {} });
    for (let added = 0; added < 4; added += 1) await rest.node.queues.get('calls').add('k', '\u0001'.repeat(1_000_000));
    const path = '/queues/calls/items?limit=4';
    const slow = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const asking = request(`${rest.http.server.url}/api/v1${path}`, { agent: false }).end();
        const [reply] = await once(asking, 'response');
        reply.pause();
        asking.on('error', () => {});
        return asking;
      }),
    );
    expect(problemIn(await rest.ask(path))).toMatchObject({ status: 503, code: 'TOO_MANY_ANSWERS', retryAfter: '1' });
    expect(problemIn(await rest.send('POST', '/queues/calls/fetch?max=4'))).toMatchObject({
      status: 503,
      code: 'TOO_MANY_ANSWERS',
    });
    expect(rest.node.queues.get('calls').size()).toBe(4);
    await rest.node.queues.get('other').add('k', 'small');
    expect((await rest.ask('/queues/other/items')).status).toBe(200);
    slow[0]!.destroy();
    await measured(10_000, async () => expect((await rest.ask(path)).status).toBe(200));
    for (const asking of slow) asking.destroy();
  });

  it('are exported as kdmq queue export writes them, and stay', async () => {
    await using rest = await withQueue({ lease_ms: 60_000 });
    await add(rest, 'a', 'b');
    await fetch(rest);
    const answer = await rest.ask('/queues/calls/export');
    expect(answer.headers['content-type']).toBe('application/x-ndjson');
    expect(answer.text.endsWith('\n')).toBe(true);
    const lines = answer.text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { value: 'a', partition: '0', added_at: expect.any(String), deliveries: 1 },
      { value: 'b' },
    ]);
  });

  it('can all be removed', async () => {
    await using rest = await withQueue(durable);
    await add(rest, 'a', 'b');
    expect((await rest.send('DELETE', items)).json()).toEqual({ removed: 2 });
    expect(await fetch(rest)).toEqual({ items: [] });
  });
});

describe.each([
  ['in memory', {}],
  ['with durability always', durable],
])('a lease %s', (_, mode) => {
  const leased = { ...mode, lease_ms: 60_000 };
  const end = (rest: RunningRest, how: string, { items: [item] }: Items) =>
    rest.send('POST', `${items}/${item!.receipt}/${how}`);

  it('ends with an acknowledgement in another request, which counts once', async () => {
    await using rest = await withQueue(leased);
    await add(rest, 'a');
    const lent = await fetch(rest);
    expect(lent).toMatchObject({ items: [{ deliveries: 1, receipt: expect.stringMatching(/^[a-z0-9]{24}$/) }] });
    expect((await end(rest, 'ack', lent)).status).toBe(204);
    expect(rest.node.queues.get('calls').stats()).toMatchObject({ size: 0, leased: 0, acked: 1 });
    expect(problemIn(await end(rest, 'nack', lent))).toMatchObject({ status: 410, code: 'LEASE_OVER' });
    // As somebody does whose connection broke before the answer.
    expect((await end(rest, 'ack', lent)).status).toBe(204);
    expect(rest.node.queues.get('calls').stats()).toMatchObject({ size: 0, leased: 0, acked: 1 });
  });

  it('given back puts the item in front again, or after a delay', async () => {
    await using rest = await withQueue(leased);
    await add(rest, 'a', 'b');
    expect((await end(rest, 'nack', await fetch(rest))).status).toBe(204);
    expect((await end(rest, 'nack?delay_ms=60000', await fetch(rest))).status).toBe(204);
    expect(values(await fetch(rest, '?max=5'))).toEqual(['b']);
  });

  it('given back twice is given back once', async () => {
    await using rest = await withQueue(leased);
    await add(rest, 'a');
    const lent = await fetch(rest);
    expect((await end(rest, 'nack', lent)).status).toBe(204);
    expect(values(await fetch(rest))).toEqual(['a']);
    expect((await end(rest, 'nack', lent)).status).toBe(204);
    expect(problemIn(await end(rest, 'ack', lent))).toMatchObject({ status: 410, code: 'LEASE_OVER' });
    expect(rest.node.queues.get('calls').stats()).toMatchObject({ size: 0, leased: 1, nacked: 1 });
  });

  it('that has ended speaks for nobody', async () => {
    await using rest = await withQueue({ ...leased, lease_ms: 100 });
    await add(rest, 'a');
    const first = await fetch(rest);
    const second = await fetch(rest, '?wait_ms=10000');
    expect(values(second)).toEqual(['a']);
    expect(second.items[0]?.receipt).not.toBe(first.items[0]?.receipt);
    expect(problemIn(await end(rest, 'ack', first))).toMatchObject({ code: 'LEASE_OVER' });
  });
});

describe('an acknowledgement while the store does not answer', () => {
  it('is told so in time, and sent again says when the store has it', async () => {
    const server = await RedisServer.start({ address: nextAddress() });
    onTestFinished(() => server.stop());
    const store = { db_url: `redis://${server.address}:6379`, db_command_timeout: 0.3 };
    await using rest = await withQueue({ ...durable, lease_ms: 1_000 }, {}, store);
    await add(rest, 'a');
    const [item] = (await fetch(rest)).items;
    const ack = () => rest.send('POST', `${items}/${item!.receipt}/ack`);
    server.pause();
    try {
      const late = { status: 503, code: 'STORE_UNAVAILABLE', retryAfter: '1' };
      expect(problemIn(await ack())).toMatchObject(late);
      // The lease would be over by now.
      expect(problemIn(await ack())).toMatchObject(late);
    } finally {
      server.resume();
    }
    await measured(10_000, async () => expect((await ack()).status).toBe(204));
    expect(rest.node.queues.get('calls').stats()).toMatchObject({ size: 0, leased: 0, acked: 1 });
  });
});

describe('a fetch that waits', () => {
  it('gets what comes', async () => {
    await using rest = await withQueue(durable);
    const waiting = fetch(rest, '?wait_ms=20000');
    await measured(10_000, () => expect(rest.node.queues.get('calls').stats().waiting).toBe(1));
    await add(rest, 'a');
    expect(values(await waiting)).toEqual(['a']);
  });

  it('ends empty at its time', async () => {
    await using rest = await withQueue();
    expect(await fetch(rest, '?wait_ms=20')).toEqual({ items: [] });
  });

  it('ends when its client goes, and takes nothing', async () => {
    await using rest = await withQueue(durable);
    const queue = rest.node.queues.get('calls');
    const asking = request(`${rest.http.server.url}/api/v1/queues/calls/fetch?wait_ms=60000`, { method: 'POST' });
    asking.on('error', () => {});
    asking.end();
    await measured(10_000, () => expect(queue.stats().waiting).toBe(1));
    asking.destroy();
    await measured(10_000, () => expect(queue.stats().waiting).toBe(0));
    await add(rest, 'a');
    expect(values(await fetch(rest))).toEqual(['a']);
  });

  it('gets 503 with Retry-After when the node stops', async () => {
    await using rest = await withQueue();
    const waiting = rest.send('POST', '/queues/calls/fetch?wait_ms=60000');
    await measured(10_000, () => expect(rest.node.queues.get('calls').stats().waiting).toBe(1));
    await rest.node.stop();
    expect(problemIn(await waiting)).toMatchObject({ status: 503, code: 'NODE_STOPPING', retryAfter: '5' });
  });
});

describe('queues', () => {
  it('are shown with their definition, how they stand and what happened', async () => {
    await using rest = await withQueue({ ...durable, lease_ms: 60_000, size: 5 }, { other: {} });
    await add(rest, 'a', 'b');
    await fetch(rest);
    const calls = {
      name: 'calls',
      state: 'ready',
      definition: expect.stringContaining('name=calls;size=5;dbmode=both'),
      durability: 'always',
      leaseMs: 60_000,
      size: 1,
      leased: 1,
      delayed: 0,
      waiting: 0,
      counts: { added: 2, fetched: 1, dropped: { size: 0 } },
    };
    expect(await rest.get('/queues/calls')).toMatchObject(calls);
    expect(await rest.get('/queues')).toMatchObject({ queues: [calls, { name: 'other', durability: 'none' }] });
  });

  it('that are not read yet refuse, and say that it is worth to come again', async () => {
    const mqueue = { calls: durable };
    await using rest = await RunningRest.start(nextAddress(), { mqueue, db_url: `redis://${nextAddress()}:6379` });
    expect(await rest.get('/queues/calls')).toMatchObject({ state: 'loading' });
    const notReady = { status: 503, code: 'QUEUE_NOT_READY', retryAfter: '1' };
    for (const answer of [
      await add(rest, 'a'),
      await rest.send('POST', '/queues/calls/fetch'),
      await rest.send('DELETE', items),
      await rest.ask(items),
      await rest.ask('/queues/calls/export'),
    ]) {
      expect(problemIn(answer)).toMatchObject(notReady);
    }
  });

  it('that are full and drop nothing refuse, and say which items are in', async () => {
    await using rest = await withQueue({ ...durable, size: 2 });
    const answer = await add(rest, 'a', 'b', 'c');
    expect(problemIn(answer)).toMatchObject({
      status: 507,
      code: 'QUEUE_FULL',
      retryAfter: '1',
      detail: expect.stringContaining('1 of 3 items were not added'),
    });
    expect(answer.json()).toMatchObject({
      items: [{ outcome: 'added' }, { outcome: 'added' }, { code: 'QUEUE_FULL' }],
    });
    expect(problemIn(await add(rest, 'd'))).toMatchObject({ status: 507, detail: expect.stringContaining('calls') });
  });

  it('refuse an item that is larger than they may be', async () => {
    await using rest = await withQueue({ max_bytes: 1_024 });
    expect(problemIn(await add(rest, 'x'.repeat(1_024)))).toMatchObject({ status: 413, code: 'ITEM_TOO_LARGE' });
  });

  it.each([
    ['GET', '/queues/nothing'],
    ['GET', '/queues/nothing/items'],
    ['GET', '/queues/nothing/export'],
    ['POST', '/queues/nothing/fetch'],
    ['POST', `/queues/nothing/items/${'a'.repeat(24)}/ack`],
    ['DELETE', '/queues/nothing/items'],
  ])('that there are not are not found (%s %s)', async (method, path) => {
    await using rest = await withQueue();
    const problem = problemIn(await rest.send(method, path));
    expect(problem).toMatchObject({ status: 404, code: 'NO_SUCH_QUEUE', detail: expect.stringContaining('calls') });
  });

  it.each<[string, string, string, unknown, string]>([
    ['an item without a value', 'POST', items, { key: 'k' }, 'the body needs "value"'],
    ['an item of a list without a key', 'POST', items, [{ key: '', value: '' }, { value: 'v' }], '"1" needs "key"'],
    ['a value that is a number', 'POST', items, { key: 'k', value: 1 }, '"value"'],
    [
      'what is no base64',
      'POST',
      items,
      { key: 'k', value: { base64: '!' } },
      '"value" holds something else than base64',
    ],
    ['half a character', 'POST', items, [{ key: '\ud800', value: '' }], '"0.key" holds half a character'],
    ['no body', 'POST', items, undefined, 'there is no body'],
    ['an empty list', 'POST', items, [], 'the body'],
    ['a key in the query beside JSON', 'POST', `${items}?key=k`, { key: 'k', value: '' }, 'JSON has them in itself'],
    ['more items than an answer may have', 'POST', '/queues/calls/fetch?max=1001', undefined, '"max" must be <= 1000'],
    ['a page of no items', 'GET', `${items}?limit=0`, undefined, '"limit" must be >= 1'],
    ['a page of all items', 'GET', `${items}?limit=1e999`, undefined, '"limit" must be <= 1000'],
    ['what can be no receipt', 'POST', `${items}/x/ack`, undefined, 'the path: "receipt"'],
    ['what can be no queue', 'GET', '/queues/a%20b', undefined, 'the path: "queue"'],
  ])('are asked for with %s in vain', async (_, method, path, body, detail) => {
    await using rest = await withQueue();
    expect(problemIn(await rest.send(method, path, body))).toMatchObject({
      status: 400,
      code: 'REQUEST_INVALID',
      detail: expect.stringContaining(detail),
    });
  });
});
