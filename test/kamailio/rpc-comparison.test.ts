import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rpcRoutes } from '../../src/edges/http/rpc/rpc-routes.ts';
import { LevelSwitch } from '../../src/edges/log/level-switch.ts';
import { SystemClock } from '../../src/edges/system/system-clock.ts';
import { RunningHttp } from '../edges/http/running-http.ts';
import { activeNodes, kamailioSees, kamailioVersions } from '../interop/kamailio-versions.ts';
import { loopbackAddresses } from '../loopback.ts';
import { startNode } from '../running-node.ts';
import { sees } from '../waiting.ts';
import { type Kamailio, startKamailio } from './kamailio.ts';
import { sipRequest } from './sip-request.ts';

const limits = { maxBody: 2_097_152, maxConnections: 100, requestTimeoutMs: 30_000 };
const address = await loopbackAddresses(import.meta.filename);

/** What was answered: the body read, or `no answer` where the connection was closed instead. */
interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: unknown;
}

/** By node:http: fetch refuses port 5060. */
function post(host: string, port: number, body: string, method = 'POST'): Promise<Answer | 'no answer'> {
  return new Promise((resolve) => {
    const headers = { 'Content-Length': Buffer.byteLength(body) };
    const asking = request({ host, port, path: '/RPC', method, headers, agent: false, timeout: 5_000 }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('error', () => resolve('no answer'));
      reply.on('end', () => {
        const { statusCode: status = 0, headers: answered } = reply;
        resolve({ status, type: answered['content-type'], body: JSON.parse(Buffer.concat(chunks).toString()) });
      });
    });
    asking.on('timeout', () => asking.destroy());
    asking.on('error', () => resolve('no answer'));
    asking.end(body);
  });
}

/** The value with each text, number and list in the place of it: what a program that reads it relies on. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]));
}

const call = (method: string, params?: unknown, id: unknown = 1): string =>
  JSON.stringify({ jsonrpc: '2.0', method, ...(params !== undefined && { params }), id });
const stranger = 'sip:127.9.9.9:5060';

/** Both answer the same, word for word. */
const same: readonly (readonly [string, string])[] = [
  ['the size of a queue', call('mqueue.get_size', ['calls'])],
  ['the size of an empty one', call('mqueue.get_size', ['empty'])],
  ['a named parameter', call('mqueue.get_size', { name: 'calls' })],
  ['a parameter of any name', call('mqueue.get_size', { whatever: 'calls' })],
  ['more parameters than are needed', call('mqueue.get_size', ['calls', 'x', 3])],
  ['a queue that there is not', call('mqueue.get_size', ['nope'])],
  ['an empty list of parameters', call('mqueue.get_size', [])],
  ['no parameters', call('mqueue.get_size')],
  ['a number for a name', call('mqueue.get_size', [1])],
  ['null for a name', call('mqueue.get_size', [null])],
  ['yes for a name', call('mqueue.get_size', [true])],
  ['an object for a name', call('mqueue.get_size', [{ a: 1 }])],
  ['a list for a name', call('mqueue.get_size', [['calls']])],
  ['a name in UTF-8', call('mqueue.get_size', ['ü'])],
  ['an escaped name', '{"jsonrpc":"2.0","method":"mqueue.get_size","params":["\\u0063alls"],"id":1}'],
  ['the first item', call('mqueue.fetch', ['calls'])],
  ['an item with quotes', call('mqueue.fetch', ['calls'])],
  ['an item of a queue that is empty now', call('mqueue.fetch', ['calls'])],
  ['an item of an empty queue', call('mqueue.fetch', ['empty'])],
  ['an item of a queue that there is not', call('mqueue.fetch', ['nope'])],
  ['an item of no queue', call('mqueue.fetch', [])],
  ['a method that there is not', call('no.such', [])],
  ['a method without a name', call('', [])],
  ['such a method with a text as id', call('no.such', [], 'abc')],
  ['removing no node', call('dmq.remove', [])],
  ['removing what is no URI', call('dmq.remove', ['garbage'])],
  ['removing a number', call('dmq.remove', [5])],
  ['removing a node that is not there', call('dmq.remove', [stranger])],
  ['a text as id', call('mqueue.get_size', ['empty'], 'abc')],
  ['an empty text as id', call('mqueue.get_size', ['empty'], '')],
  ['a text with quotes as id', call('mqueue.get_size', ['empty'], 'a"b\\c')],
  ['the id 0', call('mqueue.get_size', ['empty'], 0)],
  ['a negative id', call('mqueue.get_size', ['empty'], -5)],
  ['a fraction as id', call('mqueue.get_size', ['empty'], 1.5)],
  ['a large id', call('mqueue.get_size', ['empty'], 12_345_678_901_234)],
  ['no id', '{"jsonrpc":"2.0","method":"mqueue.get_size","params":["empty"]}'],
  ['no id, and a mistake', '{"jsonrpc":"2.0","method":"no.such"}'],
  ['blanks in front', ` \n ${call('mqueue.get_size', ['empty'])}`],
];

/** Both answer in the same shape; what is in it is of each its own. */
const alike: readonly (readonly [string, string])[] = [
  ['the version', call('core.version')],
  ['the version, with a parameter', call('core.version', ['x'])],
  ['how long it runs', call('core.uptime')],
  ['the methods', call('system.listMethods')],
  ['all sizes', call('mqueue.get_sizes')],
  ['the level of the log', call('corex.debug')],
  ['another level of the log', call('corex.debug', [2])],
  ['all sizes, with a parameter', call('mqueue.get_sizes', ['calls'])],
];

const empty = { jsonrpc: '2.0', result: {} };
const error = (code: number, message: string, id: unknown = null) => ({ jsonrpc: '2.0', error: { code, message }, id });
const size = { name: 'empty', size: 0 };

/** Kamailio says nothing that helps: we answer as JSON-RPC 2.0 has it. */
const differs: readonly (readonly [string, string, kamailio: unknown, ours: unknown])[] = [
  ['no JSON', 'hello', 'no answer', error(-32_700, 'Parse error')],
  ['JSON that is cut off', '{"jsonrpc":"2.0","method":', 'no answer', error(-32_700, 'Parse error')],
  ['no body', '', 'no answer', error(-32_700, 'Parse error')],
  ['a number', '3', empty, error(-32_600, 'Invalid Request: a call is an object')],
  [
    'no version',
    '{"method":"core.version","id":1}',
    { ...empty, id: 1 },
    error(-32_600, 'Invalid Request: jsonrpc is "2.0"', 1),
  ],
  [
    'no method',
    '{"jsonrpc":"2.0","id":1}',
    { ...empty, id: 1 },
    error(-32_600, 'Invalid Request: method is a string', 1),
  ],
  [
    'a text for parameters',
    call('mqueue.get_size', 'empty'),
    { ...empty, id: 1 },
    error(-32_602, 'Invalid params: params is a list or an object', 1),
  ],
  [
    'null as id',
    call('mqueue.get_size', ['empty'], null),
    { jsonrpc: '2.0', result: size, id: 0 },
    { jsonrpc: '2.0', result: size, id: null },
  ],
  [
    'an object as id',
    call('mqueue.get_size', ['empty'], {}),
    { jsonrpc: '2.0', result: size, id: 0 },
    error(-32_600, 'Invalid Request: id is a string, a number or null'),
  ],
  ['an empty batch', '[]', empty, error(-32_600, 'Invalid Request: an empty batch')],
  [
    'a batch',
    `[${call('mqueue.get_size', ['empty'])},${call('no.such', [], 'x')}]`,
    empty,
    [{ jsonrpc: '2.0', result: size, id: 1 }, error(500, 'Method Not Found', 'x')],
  ],
];

for (const { version, missing } of kamailioVersions) {
  describe.skipIf(missing)(`RPC beside Kamailio ${version}`, () => {
    const stack = new AsyncDisposableStack();
    let kamailio: Kamailio;
    let host: string;
    /** Puts an item into both queues. */
    let addItem: (key: string, value: string) => Promise<void>;
    const both = async (body: string) => ({
      theirs: await post(kamailio.address, kamailio.port, body),
      ours: await post(host, 8080, body),
    });

    beforeAll(async () => {
      const mqueue = ['name=calls', 'name=empty'];
      const lines = [
        '#!define MQUEUE',
        'loadmodule "mqueue.so"',
        'loadmodule "corex.so"',
        ...mqueue.map((one) => `modparam("mqueue", "mqueue", "${one}")`),
      ];
      kamailio = stack.use(await startKamailio({ version, address: address(), extraConfig: lines.join('\n') }));
      const running = stack.use(
        await startNode({ server_address: `sip:${address()}:5060`, notification_address: kamailio.uri, mqueue }),
      );
      host = running.host;
      const levels = new LevelSwitch({ log: running.log, setting: 'info', clock: new SystemClock() });
      const parts = { node: running.node, version: '1.2.3', wallTime: () => Date.now(), levels, log: running.log };
      stack.use(await RunningHttp.start(host, { limits }, (app) => rpcRoutes(app, parts)));
      await sees(running, [kamailio.uri]);
      await kamailioSees(kamailio, activeNodes(running.uri));
      addItem = async (key, value) => {
        const notify = { method: 'NOTIFY', address: kamailio.address, user: 'queue', body: value };
        expect(await sipRequest({ ...notify, headers: [['X-Key', key]] })).toBe(200);
        await running.addItem('calls', key, value);
      };
      await addItem('alice', 'first');
      await addItem('bob', 'a "b" \\ ü');
    });
    afterAll(() => stack.disposeAsync());

    it.each(same)('%s: the same answer', async (_, body) => {
      const { theirs, ours } = await both(body);
      expect(theirs).toMatchObject({ type: 'application/json' });
      expect(ours).toEqual(theirs);
    });

    it.each(alike)('%s: an answer of the same shape', async (_, body) => {
      const { theirs, ours } = await both(body);
      expect(theirs).toMatchObject({ status: 200 });
      expect(shapeOf(ours)).toEqual(shapeOf(theirs));
    });

    it('the nodes: the same fields, types and words, this node last', async () => {
      const { theirs, ours } = (await both(call('dmq.list_nodes'))) as Record<'theirs' | 'ours', Answer>;
      const rows = ({ body }: Answer) => (body as { result: Record<string, unknown>[] }).result;
      const [first, last] = rows(ours);
      for (const row of rows(theirs)) {
        const mine = row.local === 1 ? first! : last!;
        const { last_notification: when, local, fail_count: count, ...known } = row;
        expect(mine).toMatchObject({ ...known, local: local === 1 ? 0 : 1 });
        expect(shapeOf({ when: mine.last_notification, count: mine.fail_count })).toEqual({
          when: 'number',
          count: 'number',
        });
        expect([typeof when, typeof (count ?? 0)]).toEqual(['number', 'number']);
      }
      expect(rows(theirs)).toHaveLength(2);
    });

    it.each(differs)('%s: Kamailio says nothing of use, we do', async (_, body, kamailios, own) => {
      const { theirs, ours } = await both(body);
      expect(theirs === 'no answer' ? theirs : theirs.body).toEqual(kamailios);
      expect(ours).toMatchObject({ body: own });
    });

    it('an empty value: Kamailio loses the item, we give it out', async () => {
      await addItem('carol', '');
      const { theirs, ours } = await both(call('mqueue.fetch', ['calls']));
      expect(theirs).toMatchObject({ status: 500, body: error(500, 'Unexpected error (result)', 1) });
      expect(ours).toMatchObject({ status: 200, body: { result: { key: 'carol', val: '' } } });
      expect((await both(call('mqueue.fetch', ['calls']))).theirs).toMatchObject({ status: 404 });
    });

    it('GET: Kamailio closes the connection, we answer 405', async () => {
      expect(await post(kamailio.address, kamailio.port, '', 'GET')).toBe('no answer');
      expect(await post(host, 8080, '', 'GET')).toMatchObject({ status: 405 });
    });

    it('a body of 300 kB: Kamailio closes the connection, we answer up to http_max_body', async () => {
      const body = call('mqueue.get_size', ['x'.repeat(300_000)]);
      const { theirs, ours } = await both(body);
      expect(theirs).toBe('no answer');
      expect(ours).toMatchObject({ status: 404, body: { error: { message: 'No such queue' } } });
    });
  });
}
