import { expect, it } from 'vitest';
import { loopbackAddresses } from '../../../loopback.ts';
import { type RunningNode, startNode } from '../../../running-node.ts';
import { sees } from '../../../waiting.ts';
import { problemIn, RunningRest } from './running-rest.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);

async function withTwo() {
  const rest = await RunningRest.start(nextAddress());
  const others: RunningNode[] = [];
  for (let index = 0; index < 2; index++) {
    others.push(await startNode({ server_address: `sip:${nextAddress()}:5060`, notification_address: rest.node.uri }));
  }
  await sees(
    rest.running,
    others.map(({ uri }) => uri),
  );
  const end = {
    [Symbol.asyncDispose]: () => Promise.all([...others, rest].map((one) => one[Symbol.asyncDispose]())).then(() => {}),
  };
  return { rest, first: others[0]!, second: others[1]!, end };
}

it('a broadcast goes to every node, and the answer says what came of it', async () => {
  const { rest, first, second, end } = await withTwo();
  await using _ = end;
  first.listen('greetings', { code: 200, body: 'thanks', contentType: 'text/x-thanks' });
  const answer = await rest.send('POST', '/channels/greetings/broadcast', { body: 'hällo' });
  expect(answer.status).toBe(200);
  const { deliveries } = answer.json<{ deliveries: { node: string }[] }>();
  const of = (uri: string) => deliveries.find(({ node }) => node === uri);
  expect(deliveries).toHaveLength(2);
  expect(of(first.uri)).toEqual({
    node: first.uri,
    code: 200,
    reason: 'OK',
    roundTripMs: expect.any(Number),
    contentType: 'text/x-thanks',
    body: 'thanks',
  });
  expect(of(second.uri)).toEqual({
    node: second.uri,
    code: 404,
    reason: 'User Not Found',
    roundTripMs: expect.any(Number),
  });
  expect(first.received.map(({ body, request }) => [body, request.contentType])).toEqual([['hällo', 'text/plain']]);
});

it('a broadcast says when a node that has no time may be asked again', async () => {
  const { rest, first, second, end } = await withTwo();
  await using _ = end;
  first.listen('greetings', { code: 503, headers: [['Retry-After', '5;duration=3600']] });
  second.listen('greetings', { code: 503, headers: [['Retry-After', 'soon']] });
  const answer = await rest.send('POST', '/channels/greetings/broadcast', { body: 'hello' });
  const { deliveries } = answer.json<{ deliveries: { node: string; retryAfter?: number }[] }>();
  const of = (uri: string) => deliveries.find(({ node }) => node === uri);
  expect(of(first.uri)).toMatchObject({ code: 503, retryAfter: 5 });
  expect(of(second.uri)).not.toHaveProperty('retryAfter');
});

it('a broadcast leaves out who is excepted', async () => {
  const { rest, first, second, end } = await withTwo();
  await using _ = end;
  const answer = await rest.send('POST', `/channels/x/broadcast?except=${encodeURIComponent(first.uri)}`, {});
  expect(answer.json()).toMatchObject({ deliveries: [{ node: second.uri }] });
});

it('a message goes to one node, in the list or not', async () => {
  await using rest = await RunningRest.start(nextAddress());
  await using other = await startNode({ server_address: `sip:${nextAddress()}:5060` });
  other.listen('greetings', { code: 200, body: Uint8Array.of(0xff) });
  const answer = await rest.send('POST', `/channels/greetings/send?target=${other.uri}`, {
    bodyBase64: 'AP8=',
    contentType: 'application/x-bytes; version=1',
  });
  expect(answer.json()).toMatchObject({ deliveries: [{ node: other.uri, code: 200, bodyBase64: '/w==' }] });
  const { request } = other.received[0]!;
  expect([...request.body]).toEqual([0, 255]);
  expect(request.contentType).toBe('application/x-bytes; version=1');
});

it.each([
  ['text/plain; charset=utf-8', 'plain'],
  ['application/octet-stream', '\u0000'],
  ['application/xml', '<x/>'],
])('a body of %s is sent as it is', async (type, body) => {
  await using rest = await RunningRest.start(nextAddress());
  await using other = await startNode({ server_address: `sip:${nextAddress()}:5060` });
  other.listen('greetings');
  const headers = { 'content-type': type };
  const answer = await rest.ask(`/channels/greetings/send?target=${other.uri}`, { method: 'POST', headers, body });
  expect(answer.json()).toMatchObject({ deliveries: [{ code: 202 }] });
  expect(other.received.map((one) => [one.body, one.request.contentType])).toEqual([[body, type]]);
});

it('a node that does not answer counts as 408, and it is said why', async () => {
  await using rest = await RunningRest.start(nextAddress());
  const answer = await rest.send('POST', `/channels/x/send?target=sip:${nextAddress()}:5060&deadline_ms=50`, {});
  const { deliveries } = answer.json<{ deliveries: { error: string }[] }>();
  expect(deliveries).toMatchObject([{ code: 408 }]);
  expect(['timeout', 'unreachable']).toContain(deliveries[0]!.error);
});

it('the channels are listed with their counts', async () => {
  const { rest, first, end } = await withTwo();
  await using _ = end;
  rest.running.listen('greetings');
  await first.node.sendMessage('greetings', rest.node.uri, 'hello');
  await rest.send('POST', '/channels/calls/broadcast', {});
  expect(await rest.get('/channels')).toEqual({
    channels: [
      { name: 'kdmq', role: 'own' },
      { name: 'notification_peer', role: 'own' },
      { name: 'greetings', role: 'peer', counts: { received: { '2xx': 1 }, sent: {} } },
      { name: 'calls', role: 'sent', counts: { received: {}, sent: { '4xx': 2 } } },
    ],
  });
});

it.each<[string, string, unknown, number, string, string]>([
  ["a channel of the node's own", 'notification_peer/broadcast', {}, 409, 'CHANNEL_OWN', 'notification_peer'],
  ['no target', 'x/send', {}, 400, 'REQUEST_INVALID', 'the query needs "target"'],
  ['a target that is no URI', 'x/send?target=x', {}, 400, 'TARGET_NOT_A_URI', '"x"'],
  ['all addresses as its target', 'x/send?target=sip:0.0.0.0:5060', {}, 400, 'TARGET_NOT_A_HOST', 'sip:0.0.0.0:5060'],
  ['a group as its target', 'x/send?target=sip:[ff02::1]', {}, 400, 'TARGET_NOT_A_HOST', 'multicast'],
  ['an except that is no URI', 'x/broadcast?except=x', {}, 400, 'TARGET_NOT_A_URI', '"x"'],
  ['a name that can be no channel', '%20/broadcast', {}, 400, 'REQUEST_INVALID', 'the path: "channel"'],
  ['a parameter that there is not', 'x/broadcast?deadline=1', {}, 400, 'REQUEST_INVALID', 'may not have "deadline"'],
  ['a deadline that is no number', 'x/broadcast?deadline_ms=soon', {}, 400, 'REQUEST_INVALID', '"deadline_ms"'],
  ['no body', 'x/broadcast', undefined, 400, 'REQUEST_INVALID', 'there is no body'],
  ['two bodies', 'x/broadcast', { body: '', bodyBase64: '' }, 400, 'REQUEST_INVALID', 'not both'],
  ['what is no base64', 'x/broadcast', { bodyBase64: '!' }, 400, 'REQUEST_INVALID', 'base64'],
  ['half a character', 'x/broadcast', { body: '\ud800' }, 400, 'REQUEST_INVALID', 'half a character'],
  ['a content type of two lines', 'x/broadcast', { contentType: 'a\r\nb: c' }, 400, 'REQUEST_INVALID', '"contentType"'],
])('a message with %s is refused', async (_, path, body, status, code, detail) => {
  await using rest = await RunningRest.start(nextAddress());
  const answer = await rest.send('POST', `/channels/${path}`, body);
  expect(problemIn(answer)).toMatchObject({ status, code, detail: expect.stringContaining(detail) });
});
