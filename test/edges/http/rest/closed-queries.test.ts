import { afterAll, expect, it } from 'vitest';
import { loopbackAddresses } from '../../../loopback.ts';
import { problemIn, RunningRest } from './running-rest.ts';

interface Operation {
  readonly requestBody?: unknown;
}

const nextAddress = await loopbackAddresses(import.meta.filename);
const rest = await RunningRest.start(nextAddress(), { mqueue: { plain: {} } });
afterAll(() => rest[Symbol.asyncDispose]());
const document = (await rest.http.ask('/openapi.json')).json<{
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}>();

/** What stands for `{name}` in a path. */
const parts: Readonly<Record<string, string>> = {
  queue: 'plain',
  channel: 'greetings',
  uri: 'sip:10.0.0.9:5060',
  receipt: 'a'.repeat(24),
};
/** Of the routes that take JSON only: one that they would take. */
const bodies: Readonly<Record<string, object>> = {
  'post /api/v1/nodes': { uri: 'sip:10.0.0.9:5060' },
  'patch /api/v1/nodes/{uri}': { status: 'active' },
  'put /api/v1/log-level': { level: 'info' },
  'post /api/v1/queues/{queue}/items': { key: 'k', value: 'v' },
  'post /api/v1/channels/{channel}/broadcast': { body: 'hello' },
  'post /api/v1/channels/{channel}/send': { body: 'hello' },
};
/** Parameters without which the route would refuse the request anyway. */
const needed: Readonly<Record<string, string>> = {
  'post /api/v1/channels/{channel}/send': 'target=sip:10.0.0.9:5060&',
};

const routes = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.keys(item).flatMap((method) => {
    const name = `${method} ${path}`;
    const hasHead = method === 'get' && !['/events', '/api/v1/trace'].includes(path);
    return [{ name, method, path }, ...(hasHead ? [{ name, method: 'head', path }] : [])];
  }),
);

it.each(routes)('$method $path refuses a parameter that it does not know', async ({ name, method, path }) => {
  const body = bodies[name];
  const url = path.replaceAll(/\{(\w+)\}/g, (_, part: string) => encodeURIComponent(parts[part] ?? part));
  const answer = await rest.http.ask(`${url}?${needed[name] ?? ''}oldset=1`, {
    method: method.toUpperCase(),
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  expect(answer.status).toBe(400);
  if (method === 'head') return;
  expect(problemIn(answer)).toMatchObject({ code: 'REQUEST_INVALID', detail: 'the query may not have "oldset"' });
});

it('a clear that names a key removes nothing', async () => {
  await rest.send('POST', '/queues/plain/items', { key: 'bob', value: 'v' });
  const answer = await rest.send('DELETE', '/queues/plain/items?key=alice');
  expect(problemIn(answer)).toMatchObject({ status: 400, detail: 'the query may not have "key"' });
  expect(rest.node.queues.get('plain').size()).toBe(1);
});
