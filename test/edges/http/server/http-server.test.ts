import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { HttpListenError } from '../../../../src/edges/http/server/http-listen-error.ts';
import { HttpProblem } from '../../../../src/edges/http/server/http-problem.ts';
import { loopbackAddresses } from '../../../loopback.ts';
import { measured } from '../../../waiting.ts';
import { RunningHttp } from '../running-http.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);

async function connected(host: string): Promise<Socket> {
  const socket = connect(8080, host);
  await once(socket, 'connect');
  return socket;
}

function withRoutes(app: RunningHttp['app']): void {
  app.post('/taken', async (request) => ({ got: request.body }));
  app.get('/broken', () => {
    throw new Error('a secret of the program');
  });
  app.get('/busy', () => {
    const headers = { 'retry-after': '1' };
    throw new HttpProblem({ status: 503, code: 'STORE_AWAY', title: 'Away', detail: 'redis is away', headers });
  });
  app.get('/hanging', () => new Promise(() => {}));
}

describe('what goes wrong is a problem detail (RFC 9457)', () => {
  const json = { 'content-type': 'application/json' };

  it.each<[string, string, object, number, string]>([
    ['an unknown path', '/nothing', {}, 404, 'NOT_FOUND'],
    ['a method that is not served', '/livez', { method: 'DELETE' }, 405, 'METHOD_NOT_ALLOWED'],
    ['what is no JSON', '/taken', { method: 'POST', headers: json, body: '{' }, 400, 'BODY_UNREADABLE'],
    ['no body at all', '/taken', { method: 'POST', headers: json }, 400, 'BODY_UNREADABLE'],
    [
      'a body too long',
      '/taken',
      { method: 'POST', headers: json, body: `"${'x'.repeat(2_048)}"` },
      413,
      'BODY_TOO_LONG',
    ],
    [
      'a media type that is not taken',
      '/taken',
      { method: 'POST', headers: { 'content-type': 'image/png' }, body: 'x' },
      415,
      'MEDIA_TYPE_UNKNOWN',
    ],
    ['a mistake in the program', '/broken', {}, 500, 'PROGRAM_FAILED'],
    ['a problem that a handler throws', '/busy', {}, 503, 'STORE_AWAY'],
  ])('%s', async (_, path, question, status, code) => {
    await using http = await RunningHttp.start(nextAddress(), {}, withRoutes);
    const answer = await http.ask(path, question);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    const type = `urn:kdmq:problem:${code.toLowerCase()}`;
    expect(answer.json()).toEqual({ type, title: expect.any(String), status, detail: expect.any(String), code });
    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain('secret');
    expect(http.counters.value('http_requests', `${String(status)[0]}xx`)).toBe(1);
  });

  it('a URL that can not be decoded', async () => {
    await using http = await RunningHttp.start(nextAddress());
    const answer = await http.ask('/livez%zz');
    expect(answer.json()).toMatchObject({ status: 400, code: 'URL_UNREADABLE' });
    expect(http.counters.value('http_requests_unreadable', 'url')).toBe(1);
  });

  it('with the headers that belong to it', async () => {
    await using http = await RunningHttp.start(nextAddress(), {}, withRoutes);
    expect((await http.ask('/busy')).headers['retry-after']).toBe('1');
    expect((await http.ask('/livez', { method: 'POST' })).headers.allow).toBe('GET, HEAD');
  });

  it('and a mistake in the program stands in the log', async () => {
    await using http = await RunningHttp.start(nextAddress(), {}, withRoutes);
    await http.ask('/broken');
    expect(http.log.lines).toMatchObject([
      { level: 'error', message: 'http: a request failed', fields: { method: 'GET', route: '/broken' } },
    ]);
  });
});

describe('bounds', () => {
  const limits = { maxBody: 2_048, maxConnections: 2, requestTimeoutMs: 300 };

  it('a connection beyond http_max_connections is closed and counted', async () => {
    await using http = await RunningHttp.start(nextAddress(), { limits });
    const held = [await connected(http.host), await connected(http.host)];
    const refused = await connected(http.host);
    refused.on('error', () => {});
    await once(refused, 'close');
    expect(http.counters.value('http_connections_refused', 'total')).toBe(1);
    held[0]!.destroy();
    await measured(5_000, async () => expect((await http.ask('/livez')).status).toBe(200));
    held[1]!.destroy();
  });

  it('one address gets nine tenths of the connections, and a probe from another one is answered', async () => {
    const limits = { maxBody: 2_048, maxConnections: 20, requestTimeoutMs: 30_000 };
    await using http = await RunningHttp.start(nextAddress(), { limits });
    const held = await Promise.all(Array.from({ length: 18 }, () => connected(http.host)));
    const refused = await connected(http.host);
    refused.on('error', () => {});
    await once(refused, 'close');
    expect(http.counters.value('http_connections_refused', 'per_address')).toBe(1);
    const probe = connect({ port: 8080, host: http.host, localAddress: http.host });
    probe.write('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(await text(probe)).toMatch(/^HTTP\/1.1 200 /);
    held.pop()!.destroy();
    await measured(5_000, async () => expect((await http.ask('/livez')).status).toBe(200));
    for (const socket of held) socket.destroy();
  });

  it.each([
    ['header', 'GET /livez HTTP/1.1\r\nHost: x\r\n'],
    ['body', 'POST /taken HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n"x'],
  ])('a request whose %s does not end in time gets 408', async (_, begun) => {
    await using http = await RunningHttp.start(nextAddress(), { limits }, withRoutes);
    const socket = await connected(http.host);
    socket.write(begun);
    expect(await text(socket)).toMatch(/^HTTP\/1.1 408 /);
    expect(http.counters.value('http_requests_unreadable', 'timeout')).toBe(1);
  });

  it.each([
    ['what is no HTTP', 'malformed', '400', 'KDMQ sip:x SIP/2.0\r\n\r\n'],
    ['a header too long', 'header', '431', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
  ])('%s is answered and counted', async (_, reason, status, bytes) => {
    await using http = await RunningHttp.start(nextAddress());
    const socket = await connected(http.host);
    socket.write(bytes);
    expect(await text(socket)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(http.counters.value('http_requests_unreadable', reason)).toBe(1);
  });
});

describe('a connection', () => {
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

  it('with sixteen requests under way is served, with one more it is cut and counted', async () => {
    let begun = 0;
    const add = (app: RunningHttp['app']) =>
      app.get('/hanging', () => {
        begun += 1;
        return new Promise(() => {});
      });
    await using http = await RunningHttp.start(nextAddress(), {}, add);
    const [within, beyond] = [await connected(http.host), await connected(http.host)];
    within.write(get('/hanging').repeat(16));
    await measured(5_000, () => expect(begun).toBe(16));
    beyond.on('error', () => {});
    beyond.write(get('/hanging').repeat(800));
    await once(beyond, 'close');
    expect(begun).toBe(32);
    expect(http.counters.value('http_connections_cut', 'pipelined')).toBe(1);
    expect(within.readyState).toBe('open');
    within.destroy();
  });

  it('has as many requests as it likes one after another', async () => {
    await using http = await RunningHttp.start(nextAddress());
    const socket = await connected(http.host);
    let answers = '';
    socket.on('data', (bytes) => {
      answers += bytes;
    });
    for (let asked = 1; asked <= 40; asked += 1) {
      socket.write(get('/livez'));
      await measured(5_000, () => expect(answers.match(/HTTP\/1.1 200/g)).toHaveLength(asked));
    }
    socket.destroy();
  });

  it('that does not read its answer is cut and counted', async () => {
    const limits = { maxBody: 2_048, maxConnections: 2, requestTimeoutMs: 30_000, stallTimeoutMs: 200 };
    const endless = new Readable({
      read() {
        this.push(Buffer.alloc(65_536));
      },
    });
    const add = (app: RunningHttp['app']) => app.get('/endless', (_, reply) => reply.send(endless));
    await using http = await RunningHttp.start(nextAddress(), { limits }, add);
    const socket = await connected(http.host);
    socket.on('error', () => {});
    socket.pause();
    socket.write(get('/endless'));
    await measured(10_000, () => expect(http.counters.value('http_connections_cut', 'stalled')).toBe(1));
    await measured(10_000, () => expect(endless.destroyed).toBe(true));
    socket.destroy();
  });
});

describe('the socket', () => {
  it('that is taken is named, with the setting that names another one', async () => {
    await using http = await RunningHttp.start(nextAddress());
    const again = RunningHttp.start(http.host);
    await expect(again).rejects.toThrow(HttpListenError);
    await expect(again).rejects.toThrow(
      `cannot serve HTTP on ${http.host}:8080: the port is taken (the setting http_listen names another one, or off)`,
    );
  });

  it('is free after the stop, whatever is under way', async () => {
    const http = await RunningHttp.start(nextAddress(), {}, withRoutes);
    const idle = await connected(http.host);
    const hanging = http.ask('/hanging').then(
      () => 'answered',
      () => 'cut',
    );
    await measured(5_000, async () => expect((await http.ask('/livez')).status).toBe(200));
    await http.server.stop();
    expect(await hanging).toBe('cut');
    idle.destroy();
    await using again = await RunningHttp.start(http.host);
    expect((await again.ask('/livez')).text).toBe('ok');
  });
});
