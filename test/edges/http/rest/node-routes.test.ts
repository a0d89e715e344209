import { expect, it } from 'vitest';
import type { NodeView } from '../../../../src/index.ts';
import { loopbackAddresses } from '../../../loopback.ts';
import { startNode } from '../../../running-node.ts';
import { measured, sees } from '../../../waiting.ts';
import { problemIn, RunningRest } from './running-rest.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);

async function two() {
  const rest = await RunningRest.start(nextAddress());
  const other = await startNode({ server_address: `sip:${nextAddress()}:5060`, notification_address: rest.node.uri });
  await sees(rest.running, [other.uri]);
  return { rest, other };
}

const path = (uri: string): string => `/nodes/${encodeURIComponent(uri)}`;

it('the list has this node first, then the others', async () => {
  const { rest, other } = await two();
  await using _ = rest;
  await using __ = other;
  const answer = await rest.ask('/nodes');
  expect(answer.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  expect(answer.json<{ nodes: NodeView[] }>().nodes).toMatchObject([
    { uri: rest.node.uri, status: 'active', local: true, kind: 'kdmq', failCount: 0 },
    { uri: other.uri, status: 'active', local: false, kind: 'kdmq', roundTripMs: expect.any(Number) },
  ]);
});

it('a node that is added is looked for, and stands in the list once it has answered', async () => {
  await using rest = await RunningRest.start(nextAddress());
  await using other = await startNode({ server_address: `sip:${nextAddress()}:5060` });
  const added = await rest.send('POST', '/nodes', { uri: `sip:somebody@${other.host}` });
  expect([added.status, added.json()]).toEqual([202, { uri: other.uri }]);
  await sees(rest.running, [other.uri]);
});

it('a node that is set aside gets no broadcasts until it is active again', async () => {
  const { rest, other } = await two();
  await using _ = rest;
  await using __ = other;
  const set = (status: string) => rest.send('PATCH', path(other.uri), { status });
  const disabled = await set('disabled');
  expect([disabled.status, disabled.json()]).toMatchObject([200, { uri: other.uri, status: 'disabled' }]);
  expect(await rest.running.broadcast('x', 'x')).toEqual({});
  expect((await set('active')).json()).toMatchObject({ status: 'active' });
  expect(await rest.running.broadcast('x', 'x')).toEqual({ [other.host]: 404 });
});

it('a node that is removed is off the list', async () => {
  const { rest, other } = await two();
  await using _ = rest;
  await other.node.stop();
  const left = () => rest.get<{ nodes: NodeView[] }>('/nodes').then(({ nodes }) => nodes.length);
  await rest.send('DELETE', path(other.uri));
  await measured(10_000, async () => expect(await left()).toBe(1));
  expect(problemIn(await rest.send('DELETE', path(other.uri)))).toMatchObject({ status: 404, code: 'NODE_UNKNOWN' });
});

it.each<[string, string, string, unknown, number, string, string]>([
  ['of what is no URI', 'POST', '/nodes', { uri: '10.0.0.1' }, 400, 'TARGET_NOT_A_URI', 'sip:10.0.0.1:5060'],
  ['of a group', 'POST', '/nodes', { uri: 'sip:224.0.0.1' }, 400, 'TARGET_NOT_A_HOST', 'multicast'],
  ['of a name', 'POST', '/nodes', { uri: 'sip:example.org' }, 400, 'NODE_NOT_AN_ADDRESS', 'IP address'],
  ['without a URI', 'POST', '/nodes', {}, 400, 'REQUEST_INVALID', 'the body needs "uri"'],
  ['with something else', 'POST', '/nodes', { uri: 'sip:10.0.0.1', x: 1 }, 400, 'REQUEST_INVALID', 'may not have "x"'],
  ['of another type', 'POST', '/nodes', { uri: 7 }, 400, 'REQUEST_INVALID', 'the body: "uri" must be string'],
  ['of nobody', 'PATCH', '/nodes/sip:10.9.9.9:5060', { status: 'active' }, 404, 'NODE_UNKNOWN', 'sip:10.9.9.9:5060'],
  ['to no status', 'PATCH', '/nodes/sip:10.9.9.9:5060', { status: 'x' }, 400, 'REQUEST_INVALID', 'active, not_active'],
  [
    'of a URI that is too long',
    'DELETE',
    `/nodes/${'x'.repeat(600)}`,
    undefined,
    400,
    'REQUEST_INVALID',
    'the path: "uri"',
  ],
  ['of nobody', 'DELETE', '/nodes/sip:10.9.9.9:5060', undefined, 404, 'NODE_UNKNOWN', 'sip:10.9.9.9:5060'],
])('a change %s (%s %s) is refused, and it is said why', async (_, method, at, body, status, code, detail) => {
  await using rest = await RunningRest.start(nextAddress());
  expect(problemIn(await rest.send(method, at, body))).toMatchObject({
    status,
    code,
    detail: expect.stringContaining(detail),
  });
});

it('this node itself can neither be removed nor set aside', async () => {
  await using rest = await RunningRest.start(nextAddress());
  const refused = { status: 409, code: 'NODE_LOCAL' };
  expect(problemIn(await rest.send('DELETE', path(rest.node.uri)))).toMatchObject(refused);
  expect(problemIn(await rest.send('PATCH', path(rest.node.uri), { status: 'disabled' }))).toMatchObject(refused);
});

it('a method that is not served is refused with those that are', async () => {
  await using rest = await RunningRest.start(nextAddress());
  const answer = await rest.send('PUT', '/nodes');
  expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, POST']);
});
