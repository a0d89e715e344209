import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RedisStoreOptions } from '../../src/edges/redis/redis-store-options.ts';
import { GuardedProcess } from '../guarded-process.ts';
import { loopbackAddresses } from '../loopback.ts';
import { machineHas } from '../machine.ts';
import { bytes, everything, address as partition, save } from '../queues/store-content.ts';
import { openStore } from '../redis/open-store.ts';
import { RedisCluster } from '../redis/redis-cluster.ts';
import { RedisSentinels } from '../redis/redis-sentinels.ts';
import { RedisServer, type ServerKind } from '../redis/redis-server.ts';

const project = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(project, 'docs/queues.md'), 'utf8');
const storesPage = readFileSync(join(project, 'docs/queue-stores.md'), 'utf8');
const readme = readFileSync(join(project, 'README.md'), 'utf8');
const nextAddress = await loopbackAddresses(import.meta.filename);

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kdmq-queue-docs-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('the programs of docs/queues.md and of the README', () => {
  const programs = [
    ...`${page}\n${readme}`.matchAll(/^```ts\n((?:(?!```).)*)^```\n\nprints(.*?)\n\n```text\n(.*?)^```/gms),
  ];

  it.each(programs.map(([, program = '', how = '', output = '']) => ({ program, how, output })))(
    'print what stands behind them ($output)',
    async ({ program, how, output }) => {
      const text = program
        .replace('sip:10.0.0.2:5060', `sip:${nextAddress()}:5060`)
        .replace('/var/lib/kdmq', mkdtempSync(join(folder, 'data-')));
      const lines: string[] = [];
      const wanted = output.trim().split('\n');
      const args = ['--conditions=kdmq-source', '--input-type=module-typescript', '--eval', text];
      const runs = how.includes('twice') ? 2 : 1;
      for (let run = 1; run <= runs; run++) {
        const running = await GuardedProcess.start(process.execPath, args, {
          cwd: project,
          onLine: (line) => lines.push(line),
        });
        const enough = (wanted.length * run) / runs;
        await expect.poll(() => lines.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(enough);
        await running.kill();
        await running.closed;
      }
      expect(lines).toEqual(wanted);
    },
  );

  it('are there', () => expect(programs).toHaveLength(3));
});

/** The line of the page that gives a user its rights, as the arguments of ACL. */
function rights(of: 'redis' | 'sentinels', ...more: readonly string[]): string[] {
  const line = new RegExp(`<!-- ACL of ${of} -->\\n\\n\`\`\`text\\nACL (.*)\\n`).exec(storesPage)?.[1] ?? '';
  return [...line.replace('PASSWORD', 'secret').replaceAll('{dmq:kdmq', '{dmq:test').split(' '), ...more];
}

const user = { username: 'kdmq', password: 'secret' };

/** Every call of a store once. */
async function useStore(url: RedisStoreOptions['url'], replicas = 0): Promise<void> {
  const store = await openStore(url, { ...user, replicas });
  try {
    let claim = await store.claim(partition(), 'one');
    claim = await save(store, claim, 's1', ['a', 'b', 'c']);
    claim = await store.append(claim, claim.journalEnd, [bytes('d')]);
    claim = await store.moveCursor(claim, 1);
    expect(await everything(store, claim)).toEqual(['b', 'c', 'd']);
    claim = await save(store, claim, 's2', ['e'], 'append', claim.journalEnd);
    await store.keepAlive(claim);
    await store.assign(partition(), '3');
    expect(await store.list('test')).toMatchObject([{ items: 3, journal: 0, adopter: '3' }]);
    const snapshot = await store.inspect(partition());
    expect(await store.peek(snapshot!, 'items', claim.cursor, 10)).toHaveLength(3);
    claim = await save(store, claim, 's3', []);
    await store.release(claim);
    expect(await store.list('test')).toEqual([]);
  } finally {
    await store.close();
  }
}

describe('the rights that docs/queue-stores.md gives a user of Redis are enough', () => {
  const running: { stop(): Promise<void> }[] = [];

  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop();
  });

  const kinds: readonly (readonly [ServerKind, readonly string[]])[] = [
    ['redis', []],
    ['valkey', ['+waitaof']],
  ];

  it.each(kinds.filter(([kind]) => machineHas(kind)))('on one server (%s)', async (kind, more) => {
    const server = await RedisServer.start({ kind, address: nextAddress() });
    running.push(server);
    await server.command('ACL', ...rights('redis', ...more));
    await useStore(server.url);
  });

  it.skipIf(!machineHas('redis'))('in a cluster', async () => {
    const cluster = await RedisCluster.start(nextAddress);
    running.push(cluster);
    const line = rights('redis', '+cluster|slots', '+cluster|info');
    for (const master of cluster.masters) await master.command('ACL', ...line);
    await useStore(cluster.url);
  });

  it.skipIf(!machineHas('redis'))('behind sentinels, with a replica', async () => {
    const set = await RedisSentinels.start(nextAddress, 'admin');
    running.push(set);
    for (const server of set.servers) await server.command('ACL', ...rights('redis'));
    for (const sentinel of set.sentinels) await sentinel.command('ACL', ...rights('sentinels'));
    const { password: _, ...url } = set.url;
    await useStore(url, 1);
  });
});
