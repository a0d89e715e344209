import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { setTimeout as after } from 'node:timers/promises';
import { expect } from 'vitest';
import { GuardedProcess } from '../guarded-process.ts';
import { ask } from '../http-request.ts';
import { startKamailio } from '../kamailio/kamailio.ts';
import { RedisServer } from '../redis/redis-server.ts';
import { measured } from '../waiting.ts';

const project = resolve(import.meta.dirname, '../..');

/** A bus on which everything happens that the dashboard and the alerts ask for, as long as it is not disposed of. */
export interface LoadedBus extends AsyncDisposable {
  /** Where `/metrics` of its nodes is: two that do well, one whose store is away, one that sees nobody, and one that is not there. */
  readonly targets: readonly string[];
}

/** `kdmq start` of this source. */
async function startProcess(
  host: string,
  settings: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<GuardedProcess> {
  const lines: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'kdmq-loaded-'));
  const values = {
    server_address: `sip:${host}:5060`,
    http_listen: `${host}:8080`,
    data_dir: folder,
    partition: host,
    log_format: 'json',
    ...settings,
  };
  const flags = Object.entries(values).flatMap(([name, value]) => [`--${name.replaceAll('_', '-')}`, value]);
  const started = await GuardedProcess.start(process.execPath, ['src/cli/main.ts', 'start', ...flags], {
    cwd: project,
    env: { PATH: process.env.PATH, ...environment },
    folder,
    onLine: (line) => lines.push(line),
  });
  await measured(30_000, () => expect(lines.join('\n')).toContain('"msg":"started"'));
  return started;
}

/** Two nodes with a Kamailio and a Redis, under load; a third without its Redis, a fourth alone, and without the Kubernetes that knows its tokens. */
export async function startLoadedBus(nextAddress: () => string): Promise<LoadedBus> {
  const stack = new AsyncDisposableStack();
  try {
    const redis = await RedisServer.start({ address: nextAddress() });
    stack.defer(() => redis.stop());
    const kamailio = stack.use(await startKamailio({ version: '5.6', address: nextAddress() }));
    const [first = '', second = '', stranded = '', alone = ''] = Array.from({ length: 4 }, nextAddress);
    const nobody = nextAddress();
    const node = async (...[host, settings, environment]: Parameters<typeof startProcess>): Promise<void> => {
      const started = await startProcess(host, settings, environment);
      stack.defer(() => started.kill());
    };
    const mqueue = [
      'name=kept;durability=always;lease_ms=50;max_deliveries=2',
      'name=small;size=3',
      'name=full;durability=always;max_bytes=4096',
      'name=outgoing;size=3;lease_ms=2000',
    ].join(' ');
    const bindings = [
      'channel=events;queue=small',
      `queue=outgoing;channel=orders;mode=send;target=sip:${nobody};timeout_ms=200;retry_max_ms=500`,
    ].join(' ');
    const together = { notification_address: `sip:${kamailio.address}`, ping_interval: '1' };
    const busy = { ...together, mqueue, bindings, db_url: `redis://${redis.address}` };
    // No collector is there: its spans are dropped.
    await node(first, busy, { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${nobody}:4318`, OTEL_BSP_MAX_QUEUE_SIZE: '1' });
    await node(second, busy);
    const away = { db_url: `redis://${nobody}`, db_connect_timeout: '0.3', db_command_timeout: '0.3' };
    await node(stranded, { ...together, mqueue: 'name=kept;durability=always', ...away });
    const reviewed = { http_token_review: 'on', http_token_review_read: 'group:operators' };
    await node(alone, { ping_interval: '1', ...reviewed });
    const ended = new AbortController();
    const loads = [...[first, second].map((host) => load(host, nobody, ended.signal)), logIn(alone, ended.signal)];
    stack.defer(async () => {
      ended.abort();
      await Promise.all(loads);
    });
    const made = stack.move();
    return {
      targets: [first, second, stranded, alone, nobody].map((host) => `${host}:8080`),
      [Symbol.asyncDispose]: () => made.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Messages that are taken and such that reach nobody, items that are fetched, left, dropped and refused; again and again. */
async function load(host: string, nobody: string, signal: AbortSignal): Promise<void> {
  const post = (path: string, body: string): Promise<unknown> =>
    ask(`http://${host}:8080/api/v1${path}`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body }).catch(
      () => undefined,
    );
  while (!signal.aborted) {
    await Promise.all([
      post('/channels/events/broadcast?deadline_ms=1000', 'hello'),
      post(`/channels/events/send?target=sip:${nobody}:5060&deadline_ms=200`, 'hello'),
      post('/queues/kept/items?key=a', 'one'),
      post('/queues/kept/items?key=b', 'two'),
      post('/queues/kept/fetch?max=1', ''),
      post('/queues/full/items?key=c', 'x'.repeat(400)),
      post('/queues/outgoing/items?key=d', 'four'),
      ask(`http://${host}:8080/RPC`, { headers: { host: 'somebody.example' } }).catch(() => undefined),
    ]);
    await after(50, undefined, { signal }).catch(() => undefined);
  }
}

/** Shows a token that only the Kubernetes API could know; again and again. */
async function logIn(host: string, signal: AbortSignal): Promise<void> {
  const headers = { authorization: 'Bearer a-token-of-somebody' };
  while (!signal.aborted) {
    await ask(`http://${host}:8080/api/v1/nodes`, { headers }).catch(() => undefined);
    await after(200, undefined, { signal }).catch(() => undefined);
  }
}
