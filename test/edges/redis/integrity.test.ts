import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RedisQueueStore } from '../../../src/edges/redis/redis-queue-store.ts';
import type { PartitionClaim } from '../../../src/ports/queue-store.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { loopbackAddresses } from '../../loopback.ts';
import { machineHas } from '../../machine.ts';
import { address, bytes, everything, items, journal, save } from '../../queues/store-content.ts';
import { failure } from '../../redis/again.ts';
import { openStore } from '../../redis/open-store.ts';
import { RedisServer } from '../../redis/redis-server.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const T = '{dmq:test:calls:0}';

describe.skipIf(!machineHas('redis'))('keys in Redis that are not as they were left', () => {
  const log = new MemoryLog();
  let server: RedisServer;
  let store: RedisQueueStore;
  let claim: PartitionClaim;

  beforeAll(async () => {
    server = await RedisServer.start({ address: nextAddress() });
  });

  beforeEach(async () => {
    await server.command('FLUSHALL');
    log.lines.length = 0;
    store = await openStore(server.url, { log });
    claim = await store.claim(address(), 'one');
    claim = await save(store, claim, 's1', items(3000));
    claim = await store.append(claim, 0, ['j0', 'j1'].map(bytes));
  });

  afterEach(() => store.close());

  afterAll(() => server.stop());

  const harm: readonly (readonly [string, readonly (string | number)[], 'items' | 'journal'])[] = [
    ['the generation was evicted', ['UNLINK', `${T}:g:1`], 'items'],
    ['an item was taken out', ['LREM', `${T}:g:1`, 1, 'item 0002500'], 'items'],
    ['an item was put in', ['RPUSH', `${T}:g:1`, 'more'], 'items'],
    ['the journal was evicted', ['UNLINK', `${T}:j`], 'journal'],
    ['a record of the journal was taken out', ['LPOP', `${T}:j`], 'journal'],
  ];

  it.each(harm)('%s: the load says STORE_CORRUPT, and all is left as it is', async (_, [name, ...args], part) => {
    await server.command(String(name), ...args);
    const dump = await contents(server);
    const next = await store.claim(address(), 'two');
    const load = part === 'items' ? everything(store, next) : journal(store, next);
    const error = await failure(load);
    expect(error.code).toBe('STORE_CORRUPT');
    expect(error.message).toMatch(
      /queue calls, partition 0 of test: .* (were committed|had).*somebody evicted or edited/,
    );
    expect(await contents(server)).toEqual(dump);
  });

  it('all of them are gone: what is claimed then has another life', async () => {
    const { life } = await store.claim(address(), 'one');
    expect(life).toBe(claim.life);
    await server.command('FLUSHALL');
    const next = await store.claim(address(), 'one');
    expect(next).toMatchObject({ epoch: 1, life: expect.stringMatching(/^[0-9a-f]{12}$/) });
    expect(next.life).not.toBe(life);
  });

  it('the generation was evicted in the middle of a load', async () => {
    const next = await store.claim(address(), 'two');
    expect(await store.read(next, 0, 1000)).toHaveLength(1000);
    await server.command('UNLINK', `${T}:g:1`);
    const rest = async () => {
      for (let from = 1000; from < next.count; from += 1000) await store.read(next, from, 1000);
    };
    expect((await failure(rest())).code).toBe('STORE_CORRUPT');
  });

  it('nothing is appended to a generation or a journal that is not whole', async () => {
    await server.command('LPOP', `${T}:g:1`);
    await store.stage(claim, 's2', 0, [bytes('x')]);
    const append = store.commit(claim, { saveId: 's2', count: 1, mode: 'append', journalEnd: 0 });
    expect((await failure(append)).code).toBe('STORE_CORRUPT');
    await server.command('LPOP', `${T}:j`);
    expect((await failure(store.append(claim, 2, [bytes('x')]))).code).toBe('STORE_CORRUPT');
    // Nor is such a journal thrown away.
    expect((await failure(store.commit(claim, { saveId: 's2', count: 1, mode: 'replace', journalEnd: 2 }))).code).toBe(
      'STORE_CORRUPT',
    );
  });

  it('a key of another type', async () => {
    await server.command('SET', `${T}:m`, 'text');
    expect((await failure(store.keepAlive(claim))).code).toBe('STORE_CORRUPT');
    expect((await failure(store.claim(address(), 'two'))).code).toBe('STORE_CORRUPT');
    expect(await server.command('GET', `${T}:m`)).toBe('text');
  });

  describe('a newer format', () => {
    beforeEach(() => server.command('HSET', `${T}:m`, 'v', '2'));

    it('is left as it is by every call', async () => {
      const before = await server.command('HGETALL', `${T}:m`);
      const calls: (() => Promise<unknown>)[] = [
        () => store.claim(address(), 'two'),
        () => store.read(claim, 0, 1),
        () => store.readJournal(claim, 0, 1),
        () => store.moveCursor(claim, 1),
        () => store.append(claim, 2, [bytes('x')]),
        () => store.stage(claim, 's2', 0, [bytes('x')]),
        () => store.commit(claim, { saveId: 's1', count: 0, mode: 'replace', journalEnd: 0 }),
        () => store.keepAlive(claim),
        () => store.release(claim),
        () => store.assign(address(), '5'),
      ];
      for (const call of calls) expect(await failure(call())).toMatchObject({ code: 'STORE_NEWER' });
      expect(await server.command('HGETALL', `${T}:m`)).toEqual(before);
    });

    it('does not hide the partitions beside it from the list, and is named once', async () => {
      await store.claim(address({ partition: '1' }), 'one');
      for (let look = 0; look < 3; look++) {
        expect((await store.list('test')).map((view) => view.address.partition)).toEqual(['1']);
      }
      expect(log.messages('warn')).toEqual(['a partition was written by a newer version and is not listed']);
    });
  });

  describe('the set of partitions', () => {
    it('is mended by the next sign of life', async () => {
      await server.command('UNLINK', '{dmq:test}:partitions');
      expect(await store.list('test')).toEqual([]);
      await store.keepAlive(claim);
      expect(await store.list('test')).toHaveLength(1);
    });

    it('shows nothing that is not there, nor what is no partition', async () => {
      await server.command('SADD', '{dmq:test}:partitions', 'calls:9', 'nonsense', ':', 'x:');
      expect(await store.list('test')).toHaveLength(1);
    });

    it('shows hundreds', async () => {
      for (let partition = 1; partition < 250; partition++) {
        await store.claim(address({ partition: String(partition) }), 'one');
      }
      expect(await store.list('test')).toHaveLength(250);
    });
  });

  it('an empty partition that was removed leaves its epoch and its life behind, for 30 days', async () => {
    const empty = await store.claim(address({ partition: 'empty' }), 'one');
    await store.release(empty);
    const key = '{dmq:test:calls:empty}';
    expect(await server.command('HGETALL', `${key}:m`)).toEqual(['v', '1', 'epoch', '1', 'life', empty.life]);
    expect(Number(await server.command('PTTL', `${key}:m`))).toBeGreaterThan(29 * 86_400_000);
    const next = await store.claim(address({ partition: 'empty' }), 'two');
    expect(next.epoch).toBe(2);
    expect(await server.command('PTTL', `${key}:m`)).toBe(-1);
  });

  it('both ways to append keep the order: the shorter list is copied to the longer one', async () => {
    const few = ['x', 'y'];
    claim = await store.moveCursor(claim, 500);
    claim = await save(store, claim, 's2', few, 'append', 0);
    expect(claim).toMatchObject({ generation: 2, cursor: 0, count: 2502 });
    const many = items(6000).map((item) => `new ${item}`);
    claim = await store.moveCursor(claim, 2);
    claim = await save(store, claim, 's3', many, 'append', 2);
    expect(claim).toMatchObject({ generation: 3, cursor: 0, count: 8500 });
    expect(await everything(store, claim)).toEqual([...items(3000).slice(502), ...few, ...many]);
  });
});

async function contents(server: RedisServer): Promise<unknown> {
  return [await server.command('LRANGE', `${T}:g:1`, 0, -1), await server.command('LRANGE', `${T}:j`, 0, -1)];
}
