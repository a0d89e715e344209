import { expect, it } from 'vitest';
import { loopbackAddresses } from '../../../loopback.ts';
import { problemIn, RunningRest } from './running-rest.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const raw = { method: 'POST', headers: { accept: 'application/octet-stream' } };

async function withQueue(attributes: object = {}) {
  const rest = await RunningRest.start(nextAddress(), { mqueue: { calls: attributes }, partition: '0' });
  const { node } = rest;
  await node.queues.ready();
  const queue = node.queues.get('calls');
  const fetchRaw = async (query = '') => {
    const answer = await fetch(`${rest.http.server.url}/api/v1/queues/calls/fetch${query}`, raw);
    return { answer, value: new Uint8Array(await answer.arrayBuffer()) };
  };
  return { rest, queue, fetchRaw, [Symbol.asyncDispose]: () => rest[Symbol.asyncDispose]() };
}

it('one item is answered as it is, with the rest of it in headers', async () => {
  await using served = await withQueue({ lease_ms: 60_000 });
  const { rest, queue, fetchRaw } = served;
  const bytes = Uint8Array.of(0xfe, 0x00, 0x0d, 0x0a, 0xff);
  const { id } = await queue.add(Uint8Array.of(0x61, 0x20, 0xff), bytes);
  const { answer, value } = await fetchRaw();
  expect([answer.status, value]).toEqual([200, bytes]);
  const { headers } = answer;
  expect(Object.fromEntries(headers)).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-length': '5',
    'cache-control': 'no-store',
    'kdmq-item-id': id,
    'kdmq-partition': '0',
    'kdmq-key': 'a%20%FF',
    'kdmq-deliveries': '1',
    'kdmq-added-at': expect.stringMatching(/^\d{4}-.*Z$/),
    'kdmq-leased-until': expect.stringMatching(/^\d{4}-.*Z$/),
    'kdmq-receipt': expect.stringMatching(/^[a-z0-9]{24}$/),
  });
  const acked = await rest.send('POST', `/queues/calls/items/${headers.get('kdmq-receipt')}/ack`);
  expect([acked.status, queue.stats().acked]).toEqual([204, 1]);
});

it('an empty value is not the same as no item', async () => {
  await using served = await withQueue();
  const { queue, fetchRaw } = served;
  await queue.add('', '');
  const { answer, value } = await fetchRaw('?wait_ms=1000');
  expect([answer.status, value.length, answer.headers.get('kdmq-key')]).toEqual([200, 0, '']);
  expect(answer.headers.get('kdmq-receipt')).toBeNull();
  expect((await fetchRaw()).answer.status).toBe(204);
});

it('a key that is too long for a header is left out', async () => {
  await using served = await withQueue();
  const { queue, fetchRaw } = served;
  for (const key of ['k'.repeat(2_048), 'k'.repeat(2_049), 'ä'.repeat(1_000)]) await queue.add(key, 'v');
  const keys = [await fetchRaw(), await fetchRaw(), await fetchRaw()].map(({ answer }) =>
    answer.headers.get('kdmq-key'),
  );
  expect(keys).toEqual(['k'.repeat(2_048), null, null]);
});

it('several items are no one value: nothing is fetched', async () => {
  await using served = await withQueue();
  const { rest, queue } = served;
  await queue.add('k', 'v');
  expect(problemIn(await rest.ask('/queues/calls/fetch?max=2', raw))).toMatchObject({
    status: 400,
    code: 'REQUEST_INVALID',
    detail: expect.stringContaining('"max" is 2'),
  });
  expect(queue.size()).toBe(1);
});

it.each([undefined, '*/*', 'application/json', 'application/json, application/octet-stream', 'text/html'])(
  'who accepts %s gets JSON',
  async (accept) => {
    await using served = await withQueue();
    await served.queue.add('k', 'v');
    const headers = accept === undefined ? {} : { accept };
    const answer = await served.rest.ask('/queues/calls/fetch', { method: 'POST', headers });
    expect(answer.json()).toMatchObject({ items: [{ key: 'k', value: 'v' }] });
  },
);

it('the document names the headers', async () => {
  await using served = await withQueue();
  const answer = await served.rest.http.ask('/openapi.json');
  const { paths } = answer.json<{ paths: Record<string, { post: { responses: Record<string, object> } }> }>();
  const { 200: found, 204: nothing } = paths['/api/v1/queues/{queue}/fetch']!.post.responses;
  expect(found).toMatchObject({
    headers: { 'kdmq-item-id': { schema: { type: 'string' } }, 'kdmq-receipt': {} },
    content: { 'application/json': {}, 'application/octet-stream': {} },
  });
  expect(nothing).toBeDefined();
});
