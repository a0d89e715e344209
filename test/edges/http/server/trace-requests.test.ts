import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { MemoryTracer } from '../../../fakes/memory-tracer.ts';
import { loopbackAddresses } from '../../../loopback.ts';
import { measured } from '../../../waiting.ts';
import { RunningHttp } from '../running-http.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);

/** An interface whose requests are traced, and which causes a message. */
async function traced(parts: Parameters<typeof RunningHttp.start>[1] = {}) {
  const host = nextAddress();
  const tracer = new MemoryTracer();
  const http = await RunningHttp.start(host, { tracing: { tracer }, ...parts }, (app) => {
    app.post('/api/v1/channels/:channel/broadcast', async () => {
      tracer.start({ name: 'broadcast', kind: 'internal', attributes: {} }).end({});
      return {};
    });
    app.get('/api/v1/broken', () => {
      throw new Error('a mistake');
    });
    app.get('/api/v1/hanging', () => new Promise(() => {}));
    app.get('/page.js', () => 'a file of the dashboard');
  });
  const ended = () => measured(5_000, () => expect(tracer.spans.every(({ end }) => end !== undefined)).toBe(true));
  return { http, host, tracer, ended, [Symbol.asyncDispose]: () => http[Symbol.asyncDispose]() };
}

it('a request to the API is a span with what HTTP servers say, and what it causes is within', async () => {
  await using api = await traced();
  const headers = { 'user-agent': 'curl/8', 'content-type': 'application/json', traceparent: 'of the client' };
  const question = { method: 'POST', headers, body: '{"a":1}' };
  expect((await api.http.ask('/api/v1/channels/events/broadcast?key=secret', question)).status).toBe(200);
  await api.ended();
  const [request, broadcast, ...more] = api.tracer.spans;
  expect(more).toEqual([]);
  expect(request).toEqual({
    name: 'POST /api/v1/channels/:channel/broadcast',
    kind: 'server',
    parent: 'of the client',
    within: undefined,
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/api/v1/channels/:channel/broadcast',
      'url.path': '/api/v1/channels/events/broadcast',
      'url.scheme': 'http',
      'network.protocol.version': '1.1',
      'client.address': expect.stringMatching(/^127[.]/),
      'server.address': api.host,
      'server.port': 8080,
      'user_agent.original': 'curl/8',
    },
    end: { attributes: { 'http.response.status_code': 200 }, error: undefined },
  });
  expect(broadcast).toMatchObject({ name: 'broadcast', within: request?.name });
});

it.each([
  ['a mistake of the server is an error', '/api/v1/broken', 'GET /api/v1/broken', 500, '500'],
  ['one of the client is none', '/api/v1/nothing', 'GET', 404, undefined],
])('%s', async (_, path, name, status, error) => {
  await using api = await traced();
  await api.http.ask(path);
  await api.ended();
  expect(api.tracer.spans).toMatchObject([
    { name, end: { attributes: { 'http.response.status_code': status }, error } },
  ]);
});

it('what a proxy writes in front of the path is left out, as a password may stand there', async () => {
  await using api = await traced();
  const socket = connect(8080, api.host);
  await once(socket, 'connect');
  socket.write(
    'GET http://me:secret@here:99/api/v1/nothing?key=secret HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n',
  );
  await once(socket.resume(), 'close');
  await api.ended();
  expect(api.tracer.spans).toMatchObject([{ name: 'GET', attributes: { 'url.path': '/api/v1/nothing' } }]);
});

it('a request that is refused is a span too', async () => {
  await using api = await traced({ access: { mode: 'guarded' } });
  await api.http.ask('/api/v1/broken');
  await api.ended();
  expect(api.tracer.spans).toMatchObject([{ end: { attributes: { 'http.response.status_code': 401 } } }]);
});

it('a client that goes before it has an answer ends the span', async () => {
  await using api = await traced();
  const socket = connect(8080, api.host);
  await once(socket, 'connect');
  socket.write('GET /api/v1/hanging HTTP/1.1\r\nHost: here\r\n\r\n');
  await measured(5_000, () => expect(api.tracer.spans.length).toBe(1));
  socket.destroy();
  await api.ended();
  expect(api.tracer.spans).toMatchObject([{ end: { error: 'aborted' } }]);
});

it('probes, metrics and files are in no trace', async () => {
  await using api = await traced();
  for (const path of ['/livez', '/readyz?verbose', '/metrics', '/page.js', '/nothing']) await api.http.ask(path);
  expect(api.tracer.spans).toEqual([]);
});
