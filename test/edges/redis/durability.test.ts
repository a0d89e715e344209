import { afterEach, describe, expect, it } from 'vitest';
import type { RedisQueueStore } from '../../../src/edges/redis/redis-queue-store.ts';
import { loopbackAddresses } from '../../loopback.ts';
import { machineHas } from '../../machine.ts';
import { address, bytes, everything, save } from '../../queues/store-content.ts';
import { aclUser } from '../../redis/acl-user.ts';
import { failure } from '../../redis/again.ts';
import { makeStore, openStore } from '../../redis/open-store.ts';
import { RedisServer, type ServerOptions } from '../../redis/redis-server.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const signal = new AbortController().signal;

const running: RedisServer[] = [];
const opened: RedisQueueStore[] = [];

const start = async (options: Partial<ServerOptions> = {}) => {
  const server = await RedisServer.start({ address: nextAddress(), ...options });
  running.push(server);
  return server;
};
const closedAtTheEnd = (store: RedisQueueStore) => {
  opened.push(store);
  return store;
};

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  for (const server of running.splice(0)) await server.stop();
});

/** How often a server has been asked for a command. */
async function callsOf(server: RedisServer, command: string): Promise<number> {
  const stats = String(await server.command('INFO', 'commandstats'));
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}

describe.skipIf(!machineHas('redis'))('what a store says about a crash of Redis', () => {
  const cases: readonly {
    readonly name: string;
    readonly options: Partial<ServerOptions>;
    readonly user?: object;
    readonly says: RegExp | undefined;
  }[] = [
    { name: 'appendfsync always', options: { config: ['appendfsync always'] }, says: undefined },
    { name: 'appendfsync everysec', options: {}, says: /everysec, and no WAITAOF.*may lose the last second/ },
    { name: 'appendfsync no', options: { config: ['appendfsync no'] }, says: /appendfsync no: .*may lose saves/ },
    { name: 'no append-only file', options: { config: ['appendonly no'] }, says: /append-only file is off/ },
    {
      name: 'a server that may not be asked for its configuration',
      options: { config: [aclUser('kdmq', 'right', '-config|get')] },
      user: { username: 'kdmq', password: 'right' },
      says: /can not be proven/,
    },
    {
      name: 'a server that may not be asked for anything',
      options: { config: [aclUser('kdmq', 'right', '-config|get -info')] },
      user: { username: 'kdmq', password: 'right' },
      says: /INFO is not allowed.*can not be proven/,
    },
  ];

  it.each(cases)('$name', async ({ options, user, says }) => {
    const server = await start(options);
    const store = closedAtTheEnd(makeStore({ ...server.url, ...user }));
    const { notes } = await store.open(signal);
    if (says === undefined) expect(notes).toEqual([]);
    else expect(notes).toEqual([expect.stringMatching(says)]);
    // And all of it is enough to keep a queue.
    const claim = await save(store, await store.claim(address(), 'one'), 's1', ['a']);
    expect(await everything(store, claim)).toEqual(['a']);
  });
});

describe.skipIf(!machineHas('valkey'))('a commit on a server that knows WAITAOF', () => {
  const valkey = (appendfsync: string, ...config: string[]): Partial<ServerOptions> => {
    return { kind: 'valkey', config: [`appendfsync ${appendfsync}`, ...config] };
  };

  it('waits for the disk', async () => {
    const server = await start(valkey('everysec'));
    const store = closedAtTheEnd(makeStore(server.url));
    expect((await store.open(signal)).notes).toEqual([expect.stringMatching(/everysec: saves wait for the disk/)]);
    const before = await callsOf(server, 'waitaof');
    const claim = await save(store, await store.claim(address(), 'one'), 's1', ['a']);
    expect(await callsOf(server, 'waitaof')).toBe(before + 1);
    expect(await everything(store, claim)).toEqual(['a']);
  });

  it('does not wait for a disk that is never written to on purpose', async () => {
    const server = await start(valkey('no'));
    const store = closedAtTheEnd(await openStore(server.url));
    const before = await callsOf(server, 'waitaof');
    await save(store, await store.claim(address(), 'one'), 's1', ['a']);
    expect(await callsOf(server, 'waitaof')).toBe(before);
  });

  it('that the user may not ask for WAITAOF goes through without it', async () => {
    const server = await start(valkey('everysec', aclUser('kdmq', 'right', '-waitaof')));
    const store = closedAtTheEnd(makeStore({ ...server.url, username: 'kdmq', password: 'right' }));
    expect((await store.open(signal)).notes).toEqual([expect.stringMatching(/no WAITAOF/)]);
    await save(store, await store.claim(address(), 'one'), 's1', ['a']);
  });

  it('waits with the rights that queues need, and for a replica too', async () => {
    const password = { username: 'kdmq', password: 'right' };
    const server = await start(valkey('always', aclUser('kdmq', 'right', '+waitaof')));
    const store = closedAtTheEnd(makeStore({ ...server.url, ...password }, { replicas: 1, commandTimeoutMs: 1000 }));
    expect((await store.open(signal)).notes).toEqual([expect.stringMatching(/0 replicas are connected.*wait for 1/)]);
    let claim = await store.claim(address(), 'one');
    await store.stage(claim, 's1', 0, [bytes('a')]);
    const request = { saveId: 's1', count: 1, mode: 'append', journalEnd: 0 } as const;
    const error = await failure(store.commit(claim, request));
    expect(error.code).toBe('STORE_UNAVAILABLE');
    expect(error.message).toContain('0 of 1 replicas have the commit');

    const replica = await start({
      kind: 'valkey',
      config: [`replicaof ${server.address} 6379`, 'repl-diskless-sync-delay 0'],
    });
    await expect
      .poll(() => replica.command('INFO', 'replication'), { timeout: 15_000 })
      .toContain('master_link_status:up');
    claim = await store.commit(claim, request);
    expect(claim).toMatchObject({ generation: 1, count: 1 });
    await expect.poll(() => replica.command('LLEN', '{dmq:test:calls:0}:g:1')).toBe(1);
  });
});
