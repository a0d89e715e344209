import { describe, expect, it } from 'vitest';
import { rpcRoutes } from '../../../../src/edges/http/rpc/rpc-routes.ts';
import { LevelSwitch } from '../../../../src/edges/log/level-switch.ts';
import { SystemClock } from '../../../../src/edges/system/system-clock.ts';
import type { HttpQuestion } from '../../../http-request.ts';
import { loopbackAddresses } from '../../../loopback.ts';
import { startNode } from '../../../running-node.ts';
import { sees } from '../../../waiting.ts';
import { RunningHttp } from '../running-http.ts';

const address = await loopbackAddresses(import.meta.filename);
const tokens = { read: 'r'.repeat(16), write: 'w'.repeat(16) };

/** A node with queues, and its RPC on a real socket. With `guarded` a token is needed. */
async function newRpc({ guarded = false, mqueue = ['name=calls', 'name=empty'], rateLimit = 0 } = {}) {
  const stack = new AsyncDisposableStack();
  const running = stack.use(await startNode({ server_address: `sip:${address()}:5060`, mqueue }));
  const { node } = running;
  const levels = new LevelSwitch({ log: running.log, setting: 'info', clock: new SystemClock() });
  const sources = (['read', 'write'] as const).map((role) => ({ role, token: tokens[role], file: undefined }));
  const access = { mode: guarded ? ('guarded' as const) : ('open' as const), rateLimit, now: () => 0 };
  const parts = { access, ...(guarded && { sources }) };
  const http = stack.use(
    await RunningHttp.start(running.host, parts, (app) =>
      rpcRoutes(app, { node, version: '1.2.3', wallTime: () => Date.now(), levels, log: running.log }),
    ),
  );
  const ask = (question: HttpQuestion) => http.ask('/RPC', { method: 'POST', ...question });
  const call = async (method: string, ...params: unknown[]) => {
    const answer = await ask({ body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) });
    const { result, error } = answer.json<{ result?: unknown; error?: { code: number; message: string } }>();
    return error === undefined ? result : `${answer.status} ${error.code} ${error.message}`;
  };
  return { running, node, ask, call, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const version = JSON.stringify({ jsonrpc: '2.0', method: 'core.version', id: 1 });

describe('POST /RPC', () => {
  it.each([
    [undefined],
    ['application/json'],
    ['application/json-rpc'],
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
  ])('takes calls of Content-Type %s', async (type) => {
    await using rpc = await newRpc();
    const headers = type === undefined ? {} : { 'content-type': type };
    const { status, headers: answered, text } = await rpc.ask({ body: version, headers });
    expect({ status, type: answered['content-type'] }).toEqual({ status: 200, type: 'application/json' });
    expect(JSON.parse(text)).toEqual({
      jsonrpc: '2.0',
      result: `kdmq 1.2.3 (${process.arch}/${process.platform})`,
      id: 1,
    });
  });

  it('counts each call of a batch as a request, and carries out none of a batch that is too much', async () => {
    await using rpc = await newRpc({ rateLimit: 20 });
    const batch = async (method: string) => {
      const calls = Array.from({ length: 6 }, (_, id) => ({ jsonrpc: '2.0', method, params: ['calls'], id }));
      return rpc.ask({ body: JSON.stringify(calls) });
    };
    const queue = rpc.node.queues.get('calls');
    await queue.add('k', 'v');
    const statuses = [await batch('core.version'), await batch('core.version'), await batch('core.version')];
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 200]);
    const refused = await batch('mqueue.fetch');
    expect(refused.json()).toMatchObject({ status: 429, code: 'TOO_MANY_REQUESTS' });
    expect(refused.headers['retry-after']).toBe('1');
    expect(queue.stats().size).toBe(1);
    // One call alone is one request.
    expect(await rpc.call('mqueue.fetch', 'calls')).toMatchObject({ val: 'v' });
  });

  it('answers an empty body, and nothing to a batch of notifications', async () => {
    await using rpc = await newRpc();
    expect((await rpc.ask({})).json()).toMatchObject({ error: { code: -32_700 } });
    const { status, text } = await rpc.ask({ body: '[{"jsonrpc":"2.0","method":"core.version"}]' });
    expect({ status, text }).toEqual({ status: 204, text: '' });
  });

  it('refuses a body that is too long', async () => {
    await using rpc = await newRpc();
    const { status, text } = await rpc.ask({ body: `${version}${' '.repeat(4_096)}` });
    expect({ status, code: JSON.parse(text).code }).toEqual({ status: 413, code: 'BODY_TOO_LONG' });
  });

  it.each(['GET', 'PUT', 'DELETE'])('is the one method: %s is answered 405', async (method) => {
    await using rpc = await newRpc();
    const { status, headers } = await rpc.ask({ method });
    expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: 'POST' });
  });
});

describe('corex.debug', () => {
  it.each([
    [99, { old: 2, new: 3 }, 'debug'],
    [3, { old: 2, new: 3 }, 'debug'],
    [2, { old: 2, new: 2 }, 'info'],
    [1, { old: 2, new: 0 }, 'warn'],
    [0, { old: 2, new: 0 }, 'warn'],
    [-1, { old: 2, new: -1 }, 'error'],
    [-5, { old: 2, new: -1 }, 'error'],
  ])('%j: the numbers of Kamailio are those levels of ours that log no more', async (number, answer, level) => {
    await using rpc = await newRpc();
    expect(await rpc.call('corex.debug', number)).toEqual(answer);
    expect(rpc.running.log.level).toBe(level);
    expect(await rpc.call('corex.debug')).toEqual({ debug: answer.new });
  });

  it('a number that is too large for one is no level', async () => {
    await using rpc = await newRpc();
    const { status, text } = await rpc.ask({
      body: '{"jsonrpc":"2.0","method":"corex.debug","params":[1e999],"id":1}',
    });
    expect([status, text]).toEqual([400, expect.stringContaining('the parameter is a number')]);
    expect(await rpc.call('corex.debug')).toEqual({ debug: 2 });
  });

  it.each(['3', 'x', null, true])('%j is no level', async (wrong) => {
    await using rpc = await newRpc();
    expect(await rpc.call('corex.debug', wrong)).toMatch(/^400 400 the parameter is a number/);
    expect(await rpc.call('corex.debug')).toEqual({ debug: 2 });
  });
});

describe('who may call what', () => {
  const list = JSON.stringify({ jsonrpc: '2.0', method: 'dmq.list_nodes', id: 1 });
  const fetch = JSON.stringify({ jsonrpc: '2.0', method: 'mqueue.fetch', params: ['calls'], id: 1 });

  it.each([
    ['nobody', list, undefined, 401],
    ['read, to look', list, tokens.read, 200],
    ['read, to change', fetch, tokens.read, 403],
    ['write, to look', list, tokens.write, 200],
    ['write, to change', fetch, tokens.write, 404],
  ])('%s', async (_, body, token, expected) => {
    await using rpc = await newRpc({ guarded: true });
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    expect((await rpc.ask({ body, headers })).status).toBe(expected);
  });

  it('no page of another site, whatever it calls', async () => {
    await using rpc = await newRpc();
    const headers = { origin: 'https://example.org', 'sec-fetch-site': 'cross-site', 'content-type': 'text/plain' };
    const { status, text } = await rpc.ask({ body: list, headers });
    expect({ status, code: JSON.parse(text).code }).toEqual({ status: 403, code: 'CROSS_SITE' });
  });
});

describe('the queues', () => {
  it('are measured and fetched from', async () => {
    await using rpc = await newRpc();
    await rpc.running.addItem('calls', 'alice', 'Grüße "a"');
    expect(await rpc.call('mqueue.get_size', 'calls')).toEqual({ name: 'calls', size: 1 });
    expect(await rpc.call('mqueue.get_sizes')).toEqual([
      { name: 'calls', size: 1 },
      { name: 'empty', size: 0 },
    ]);
    expect(await rpc.call('mqueue.fetch', 'calls')).toEqual({ key: 'alice', val: 'Grüße "a"' });
    expect(await rpc.call('mqueue.fetch', 'calls')).toBe('404 404 Empty queue');
  });

  it('give out an item for good, with a lease too', async () => {
    await using rpc = await newRpc({ mqueue: ['name=calls;lease_ms=50'] });
    await rpc.running.addItem('calls', 'k', 'v');
    expect(await rpc.call('mqueue.fetch', 'calls')).toEqual({ key: 'k', val: 'v' });
    expect(rpc.node.queues.get('calls').stats()).toMatchObject({ size: 0, leased: 0, acked: 1 });
  });

  it('lose no byte of what is no text', async () => {
    await using rpc = await newRpc();
    await rpc.node.queues.get('calls').add('', Uint8Array.of(0xff, 0x61));
    expect(await rpc.call('mqueue.fetch', 'calls')).toEqual({ key: '', val: '\ufffda', val_base64: '/2E=' });
  });

  it('that have stopped say so', async () => {
    await using rpc = await newRpc();
    await rpc.running.stop();
    expect(await rpc.call('mqueue.fetch', 'calls')).toBe('503 503 queue calls is stopped');
  });
});

describe('the nodes', () => {
  it('are listed as Kamailio lists them, this one last', async () => {
    await using rpc = await newRpc();
    await using other = await startNode({
      server_address: `sip:${address()}:5060`,
      notification_address: rpc.running.uri,
    });
    await sees(rpc.running, [other.uri]);
    const [first, last] = (await rpc.call('dmq.list_nodes')) as Record<string, unknown>[];
    expect(first).toEqual({
      host: other.host,
      port: '5060',
      proto: '*',
      resolved_ip: other.host,
      status: 'active',
      last_notification: expect.any(Number),
      local: 0,
      fail_count: 0,
    });
    expect(Math.abs(Number(first!.last_notification) - Date.now() / 1_000)).toBeLessThan(30);
    expect(last).toMatchObject({ host: rpc.running.host, last_notification: 0, local: 1 });
  });

  it('are added, changed and removed', async () => {
    await using rpc = await newRpc();
    await using other = await startNode({ server_address: `sip:${address()}:5060` });
    expect(await rpc.call('dmq.add', other.uri)).toBe('Ok. DMQ node added.');
    await sees(rpc.running, [other.uri]);
    expect(await rpc.call('dmq.change_status', other.uri, 'disabled')).toBe('Ok. DMQ node status changed.');
    expect(rpc.running.others()).toEqual({ [other.uri]: 'disabled' });
    await other.stop();
    expect(await rpc.call('dmq.remove', other.uri)).toBe('Ok. DMQ node removed.');
    expect(rpc.running.others()).toEqual({});
  });

  it.each([
    ['dmq.add', [], '400 400 the first parameter is the SIP URI of a node'],
    [
      'dmq.add',
      ['garbage'],
      '400 400 "garbage" is not the SIP URI of a node: write it as sip:10.0.0.1:5060 or sip:[fd00::1]:5060;transport=tcp',
    ],
    [
      'dmq.add',
      ['sip:kamailio.example.org'],
      '400 400 sip:kamailio.example.org:5060 names a host: add a node by its IP address, as sip:10.0.0.1:5060; names belong into notification_address',
    ],
    ['dmq.change_status', [7, 'active'], '400 400 the first parameter is the SIP URI of a node'],
    ['dmq.change_status', ['sip:10.0.0.1:5060'], '400 400 the second parameter is one of active, not_active, disabled'],
    ['dmq.change_status', ['sip:10.0.0.1:5060', 'active'], '404 404 there is no node sip:10.0.0.1:5060 in the list'],
  ] as const)('%s %j says what is wrong', async (method, params, expected) => {
    await using rpc = await newRpc();
    expect(await rpc.call(method, ...params)).toBe(expected);
  });

  it('are not rid of this one', async () => {
    await using rpc = await newRpc();
    expect(await rpc.call('dmq.remove', rpc.running.uri)).toBe('500 500 Failure');
  });

  it.each([[null], [['sip:10.0.0.1:5060']], [{ toString: 1 }]])('are not removed by %j', async (what) => {
    await using rpc = await newRpc();
    expect(await rpc.call('dmq.remove', what)).toBe('500 500 Failure');
  });
});
