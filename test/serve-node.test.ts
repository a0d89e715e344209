import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseSettings, type SettingValues } from '../src/edges/config/parse-settings.ts';
import { LevelSwitch } from '../src/edges/log/level-switch.ts';
import { SystemClock } from '../src/edges/system/system-clock.ts';
import { type ServedNode, serveNode, withHttp } from '../src/serve-node.ts';
import { RunningHttp } from './edges/http/running-http.ts';
import { MemoryLog } from './fakes/memory-log.ts';
import { ask } from './http-request.ts';
import { loopbackAddresses } from './loopback.ts';
import { measured } from './waiting.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const folder = mkdtempSync(join(tmpdir(), 'kdmq-served-'));
afterAll(() => rmSync(folder, { recursive: true }));

function served(values: SettingValues) {
  const host = nextAddress();
  const settings = parseSettings({
    server_address: `sip:${host}:5060`,
    http_listen: `${host}:8080`,
    data_dir: join(folder, host),
    ...values,
  });
  const log = new MemoryLog();
  const levels = new LevelSwitch({ log, setting: 'info', clock: new SystemClock() });
  const node = serveNode({ settings, origins: new Map(), log, levels });
  return { node, log, host, get: (path: string) => ask(`http://${host}:8080${path}`) };
}

describe('HTTP', () => {
  const saved = { spilled: [], lost: [], fenced: [] };

  function around(node: Partial<ServedNode>) {
    const host = nextAddress();
    const parts = { start: async () => {}, stop: async () => saved, applySettings: () => {}, ...node };
    return {
      get: () => ask(`http://${host}:8080/livez`),
      run: (http: RunningHttp) => withHttp(parts, http.server, http.log),
      host,
    };
  }

  it('answers before the node has started and until it has stopped', async () => {
    const started = Promise.withResolvers<void>();
    const stopped = Promise.withResolvers<typeof saved>();
    const { get, run, host } = around({ start: () => started.promise, stop: () => stopped.promise });
    const node = run(RunningHttp.make(host));
    const starting = node.start();
    await measured(5_000, async () => expect((await get()).text).toBe('ok'));
    started.resolve();
    await starting;
    const stopping = node.stop();
    expect((await get()).text).toBe('ok');
    stopped.resolve(saved);
    expect(await stopping).toBe(saved);
    await expect(get()).rejects.toThrow('ECONNREFUSED');
  });

  it('ends with a node that can not be started', async () => {
    const { get, run, host } = around({ start: () => Promise.reject(new Error('no socket')) });
    const node = run(RunningHttp.make(host));
    await expect(node.start()).rejects.toThrow('no socket');
    await node.stop();
    await expect(get()).rejects.toThrow('ECONNREFUSED');
  });

  it('starts no node that was stopped meanwhile', async () => {
    const { get, run, host } = around({ start: () => Promise.reject(new Error('started')) });
    const node = run(RunningHttp.make(host));
    const starting = node.start();
    await node.stop();
    await starting;
    await expect(get()).rejects.toThrow('ECONNREFUSED');
  });
});

describe('a node with its HTTP interface', () => {
  it('is ready when its first search is over', async () => {
    const { node, get } = served({});
    await node.start();
    await measured(5_000, async () => expect((await get('/readyz')).status).toBe(200));
    expect((await get('/readyz?verbose')).text).toContain(
      '[+]bus ok\n[+]queues ok\n[i]dns off\n[i]store unused\n[i]kubernetes off',
    );
    await node.stop();
    await expect(get('/livez')).rejects.toThrow('ECONNREFUSED');
  });

  it('shows its metrics, those of its queues and of their store too', async () => {
    const { node, get } = served({ mqueue: 'name=calls;durability=always' });
    await node.start();
    await measured(5_000, async () => expect((await get('/readyz')).status).toBe(200));
    const { text } = await get('/metrics');
    for (const line of [
      'kdmq_ready 1',
      'kdmq_nodes{status="active",kind="kdmq"} 1',
      'kdmq_queue_state{queue="calls",state="ready"} 1',
      'kdmq_queue_items{queue="calls",state="ready"} 0',
      'kdmq_store_call_duration_seconds_count{operation="claim"} 1',
      'kdmq_dns_state{state="off"} 1',
      'kdmq_store_state{state="answered"} 1',
      'kdmq_kubernetes_state{state="off"} 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    await node.stop();
  });

  it('is alive and not ready while its store is away', async () => {
    const redis = nextAddress();
    const queue = 'name=calls;durability=always';
    const { node, get } = served({ mqueue: queue, db_url: `redis://${redis}:6379`, shutdown_grace: 2 });
    await node.start();
    await measured(5_000, async () =>
      expect(await get('/readyz')).toMatchObject({
        status: 503,
        text: expect.stringContaining('[+]bus ok\n[-]queues calls loading'),
      }),
    );
    expect((await get('/livez')).text).toBe('ok');
    await node.stop();
  });

  it('does not begin to look for nodes when HTTP can not be served', async () => {
    const { node, log, host } = served({});
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(8080, host, resolve));
    await expect(node.start()).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
    await node.stop();
    expect(log.messages()).toEqual([]);
    await new Promise((resolve) => taken.close(resolve));
  });

  it('serves nothing with http_listen off', async () => {
    const { node, get } = served({ http_listen: 'off' });
    await node.start();
    await expect(get('/livez')).rejects.toThrow('ECONNREFUSED');
    await node.stop();
  });
});

it('JSON-RPC is served by a node that is started as kdmq start does', async () => {
  const { node, host } = served({ mqueue: 'name=calls' });
  await node.start();
  const body = JSON.stringify({ jsonrpc: '2.0', method: 'mqueue.get_sizes', id: 1 });
  const { status, text } = await ask(`http://${host}:8080/RPC`, { method: 'POST', body });
  expect({ status, answer: JSON.parse(text) }).toEqual({
    status: 200,
    answer: { jsonrpc: '2.0', result: [{ name: 'calls', size: 0 }], id: 1 },
  });
  await node.stop();
});
