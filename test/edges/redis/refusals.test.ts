import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoreErrorCode } from '../../../src/core/mqueue/store-error.ts';
import type { RedisQueueStore } from '../../../src/edges/redis/redis-queue-store.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { loopbackAddresses } from '../../loopback.ts';
import { machineHas } from '../../machine.ts';
import { address, bytes, everything, items, save } from '../../queues/store-content.ts';
import { aclUser } from '../../redis/acl-user.ts';
import { again, failure } from '../../redis/again.ts';
import { makeStore, openStore } from '../../redis/open-store.ts';
import { RedisServer, type ServerOptions } from '../../redis/redis-server.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const signal = new AbortController().signal;

describe.skipIf(!machineHas('redis'))('a Redis that does not let queues be kept', () => {
  const running: RedisServer[] = [];
  const opened: RedisQueueStore[] = [];
  const log = new MemoryLog();

  const start = async (options: Partial<ServerOptions> = {}) => {
    const server = await RedisServer.start({ address: nextAddress(), ...options });
    running.push(server);
    return server;
  };
  const closedAtTheEnd = (store: RedisQueueStore) => {
    opened.push(store);
    return store;
  };

  beforeEach(() => {
    log.lines.length = 0;
  });

  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    for (const server of running.splice(0)) await server.stop();
  });

  describe('by its password', () => {
    const secret = 'Wr0ng:Secret/42';
    const cases: readonly { readonly who: string; readonly given: object; readonly says: RegExp }[] = [
      { who: 'a wrong password', given: { password: secret }, says: /user or password is wrong.*WRONGPASS/ },
      {
        who: 'a wrong user',
        given: { username: 'nobody', password: secret },
        says: /user or password is wrong.*WRONGPASS/,
      },
      { who: 'no password', given: {}, says: /wants a password: set db_password.*NOAUTH/ },
    ];

    it.each(cases)('$who: the message says what to change, and holds no secret', async ({ given, says }) => {
      const server = await start({ config: ['requirepass right'], admin: { password: 'right' } });
      const store = closedAtTheEnd(makeStore({ ...server.url, ...given }, { log }));
      const error = await failure(store.open(signal));
      expect(error.code).toBe('STORE_REFUSED');
      expect(error.message).toMatch(says);
      expect(JSON.stringify([error.message, store.name, log.lines, error.cause ?? ''])).not.toContain(secret);
    });

    it('changed while the store is open: refused, and right again with the right one', async () => {
      const server = await start({ config: ['requirepass right'], admin: { password: 'right' } });
      const store = closedAtTheEnd(await openStore({ ...server.url, password: 'right' }, { log }));
      const claim = await store.claim(address(), 'one');
      await server.command('CONFIG', 'SET', 'requirepass', 'other');
      await failAfterReconnect(server, 'other');
      expect((await failure(again(() => store.keepAlive(claim)))).code).toBe('STORE_REFUSED');
      await runOn(server, 'other', 'CONFIG', 'SET', 'requirepass', 'right');
      await expect.poll(() => store.keepAlive(claim).then(() => 'alive', String), { timeout: 10_000 }).toBe('alive');
      expect(log.messages('warn')).toEqual(['the connection to the store of queues is lost']);
      expect(log.messages('info')).toEqual(['the store of queues is connected again']);
    });

    it('username and password of their own override those of the URL', async () => {
      const server = await start({ config: [aclUser('kdmq', 'right')] });
      const wrong = { ...server.url, username: 'somebody', password: 'wrong' };
      closedAtTheEnd(await openStore(wrong, { username: 'kdmq', password: 'right' }));
    });
  });

  it('by a right that is missing: the claim says which, before anything is written', async () => {
    const server = await start({ config: [aclUser('kdmq', 'right', '-rename')] });
    const store = closedAtTheEnd(await openStore({ ...server.url, username: 'kdmq', password: 'right' }));
    const error = await failure(store.claim(address(), 'one'));
    expect(error.code).toBe('STORE_REFUSED');
    expect(error.message).toContain('the user of Redis lacks the right to RENAME');
    expect(await server.command('KEYS', '*:m')).toEqual([]);
  });

  it('by keys that its user may not touch', async () => {
    const server = await start({ config: [aclUser('kdmq', 'right', 'resetkeys ~other:*')] });
    const store = closedAtTheEnd(await openStore({ ...server.url, username: 'kdmq', password: 'right' }));
    expect(await failure(store.claim(address(), 'one'))).toMatchObject({ code: 'STORE_REFUSED' });
  });

  describe('by its eviction policy', () => {
    const policies: readonly (readonly [string, 'refused' | 'noted' | 'fine'])[] = [
      ['noeviction', 'fine'],
      ['volatile-lru', 'noted'],
      ['volatile-ttl', 'noted'],
      ['allkeys-lru', 'refused'],
      ['allkeys-lfu', 'refused'],
      ['allkeys-random', 'refused'],
    ];

    it.each(policies)('%s is %s', async (policy, outcome) => {
      const server = await start({ config: [`maxmemory-policy ${policy}`] });
      const store = closedAtTheEnd(makeStore(server.url));
      if (outcome === 'refused') {
        const error = await failure(store.open(signal));
        expect(error.code).toBe('STORE_UNFIT');
        expect(error.message).toContain(`${policy} may throw queues away: CONFIG SET maxmemory-policy noeviction`);
        await server.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
        await store.open(signal);
      } else {
        const { notes } = await store.open(signal);
        expect(notes.some((note) => note.includes(policy))).toBe(outcome === 'noted');
      }
    });
  });

  it('by the eviction policy of the server that stands behind a new connection: an error in the log', async () => {
    const server = await start();
    const store = closedAtTheEnd(await openStore(server.url, { log }));
    const claim = await store.claim(address(), 'one');
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await again(() => store.keepAlive(claim));
    await expect
      .poll(() => log.lines.filter(({ level }) => level === 'error'))
      .toEqual([
        expect.objectContaining({
          message: 'the store of queues is not fit any more',
          fields: { store: store.name, reason: expect.stringContaining('allkeys-lru') },
        }),
      ]);
  });

  it('by the eviction policy that it has been given since it was opened, when it is looked at again', async () => {
    const server = await start();
    const store = closedAtTheEnd(await openStore(server.url));
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    expect((await failure(store.open(signal))).code).toBe('STORE_UNFIT');
    await store.claim(address(), 'one');
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    await store.open(signal);
  });

  describe('by its memory', () => {
    it('a save is refused, and goes through when there is room; what is there can still be taken', async () => {
      const server = await start();
      const store = closedAtTheEnd(await openStore(server.url));
      let claim = await store.claim(address(), 'one');
      claim = await save(store, claim, 's1', items(1000));
      await server.command('CONFIG', 'SET', 'maxmemory', '1');

      const big = Array.from({ length: 100 }, () => new Uint8Array(10_000));
      for (const call of [() => store.stage(claim, 's2', 0, big), () => store.append(claim, 0, big)]) {
        const error = await failure(call());
        expect(error.code).toBe('STORE_REFUSED');
        expect(error.message).toMatch(/memory is full: raise maxmemory.*OOM/);
      }
      claim = await store.moveCursor(claim, 400);
      await store.keepAlive(claim);
      claim = await store.claim(address(), 'two');
      expect(await everything(store, claim)).toEqual(items(1000).slice(400));

      await server.command('CONFIG', 'SET', 'maxmemory', '0');
      await store.stage(claim, 's2', 0, big);
      claim = await store.commit(claim, { saveId: 's2', count: 100, mode: 'append', journalEnd: 0 });
      expect(claim.count - claim.cursor).toBe(700);
      await server.command('CONFIG', 'SET', 'maxmemory', '1');
      claim = await store.commit(claim, { saveId: 's3', count: 0, mode: 'replace', journalEnd: 0 });
      await store.release(claim);
      expect(await store.list('test')).toEqual([]);
    });
  });

  describe('by being a replica', () => {
    it('from the beginning', async () => {
      const master = await start();
      const replica = await start({ config: [`replicaof ${master.address} 6379`] });
      const error = await failure(makeStore(replica.url).open(signal));
      expect(error).toMatchObject({ code: 'STORE_REFUSED' });
      expect(error.message).toContain('it is a replica: db_url has to lead to the master');
    });

    it('since it was opened, until it is a master again', async () => {
      const master = await start();
      const server = await start();
      const store = closedAtTheEnd(await openStore(server.url));
      const claim = await store.claim(address(), 'one');
      await server.command('REPLICAOF', master.address, '6379');
      const error = await failure(again(() => store.append(claim, 0, [bytes('a')])));
      expect(error.code).toBe('STORE_REFUSED');
      expect(error.message).toContain('read-only replica');
      await server.command('REPLICAOF', 'NO', 'ONE');
      const anew = await again(() => store.claim(address(), 'one'));
      expect((await store.append(anew, anew.journalEnd, [bytes('a')])).journalEnd).toBe(anew.journalEnd + 1);
    });
  });

  it('by being a node of a cluster', async () => {
    const server = await start({ config: ['cluster-enabled yes'] });
    const error = await failure(makeStore(server.url).open(signal));
    expect(error).toMatchObject({ code: 'STORE_UNFIT' satisfies StoreErrorCode });
    expect(error.message).toContain('write db_url as redis+cluster://');
  });

  it('by not having the database of the URL', async () => {
    const server = await start({ config: ['databases 2'] });
    closedAtTheEnd(await openStore({ ...server.url, db: 1 }));
    expect(await failure(makeStore({ ...server.url, db: 7 }).open(signal))).toMatchObject({ code: 'STORE_REFUSED' });
  });

  it('by a disk that it can not write to', async () => {
    const server = await start({
      config: ['appendonly no', 'save 3600 1', 'stop-writes-on-bgsave-error yes', 'enable-protected-configs yes'],
    });
    const store = closedAtTheEnd(await openStore(server.url));
    const claim = await store.claim(address(), 'one');
    await server.command('CONFIG', 'SET', 'dbfilename', 'x'.repeat(300)); // no file system takes such a name
    await server.command('BGSAVE');
    await expect
      .poll(() => server.command('INFO', 'persistence'), { timeout: 10_000 })
      .toContain('rdb_last_bgsave_status:err');
    const error = await failure(store.append(claim, 0, [bytes('a')]));
    expect(error.code).toBe('STORE_REFUSED');
    expect(error.message).toMatch(/can not write its data to disk.*MISCONF/);
  });
});

/** Cuts the store's connection, so that it has to say its password again. */
async function failAfterReconnect(server: RedisServer, password: string): Promise<void> {
  await runOn(server, password, 'CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
}

async function runOn(server: RedisServer, password: string, name: string, ...args: string[]): Promise<void> {
  const admin = server.admin({ password });
  try {
    await admin.call(name, ...args);
  } finally {
    admin.disconnect();
  }
}
