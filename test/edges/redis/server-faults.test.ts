import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RedisQueueStore } from '../../../src/edges/redis/redis-queue-store.ts';
import type { PartitionClaim } from '../../../src/ports/queue-store.ts';
import { loopbackAddresses } from '../../loopback.ts';
import { machineHas } from '../../machine.ts';
import { address, bytes, everything, items, journal, save } from '../../queues/store-content.ts';
import { again, failure } from '../../redis/again.ts';
import { makeStore, openStore } from '../../redis/open-store.ts';
import { RedisServer } from '../../redis/redis-server.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const signal = new AbortController().signal;

describe.skipIf(!machineHas('redis'))('a Redis that fails', () => {
  let server: RedisServer;
  let store: RedisQueueStore;
  let claim: PartitionClaim;

  beforeAll(async () => {
    // With `everysec` a Redis answers before it has written, while the fsync before is still under way: kill -9 takes that along.
    server = await RedisServer.start({ address: nextAddress(), config: ['appendfsync always'] });
  });

  beforeEach(async () => {
    await server.command('FLUSHALL');
    store = await openStore(server.url);
    claim = await store.claim(address(), 'one');
  });

  afterEach(() => store.close());

  afterAll(() => server.stop());

  const killAndRestart = async () => {
    await server.kill();
    await server.restart();
  };

  it.each([0, 3, 9, 10])(
    'killed while chunk %i of a save is on its way: the save goes through, in order and once',
    async (at) => {
      claim = await save(store, claim, 's1', ['old']);
      const all = items(5000);
      let dying: Promise<void> | undefined;
      for (let chunk = 0; chunk < 10; chunk++) {
        const call = again(() =>
          store.stage(claim, 's2', chunk * 500, all.slice(chunk * 500, chunk * 500 + 500).map(bytes)),
        );
        if (chunk === at) dying = killAndRestart();
        await call;
      }
      const commit = again(() => store.commit(claim, { saveId: 's2', count: 5000, mode: 'replace', journalEnd: 0 }));
      if (at === 10) dying = killAndRestart();
      claim = await commit;
      await dying;
      expect(claim).toMatchObject({ generation: 2, count: 5000 });
      expect(await again(() => everything(store, claim))).toEqual(all);
    },
  );

  it('killed while a queue is read: the load goes on where it was', async () => {
    const all = items(20_000);
    claim = await save(store, claim, 's1', all);
    claim = await store.claim(address(), 'two');
    const read: Uint8Array[] = [];
    let dying: Promise<void> | undefined;
    while (read.length < claim.count) {
      if (read.length === 8000) dying = killAndRestart();
      read.push(...(await again(() => store.read(claim, read.length, 1000))));
    }
    await dying;
    expect(read.map((record) => new TextDecoder().decode(record))).toEqual(all);
  });

  it('killed before a save was committed: the generation before is whole', async () => {
    claim = await save(store, claim, 's1', ['a', 'b']);
    await store.stage(claim, 's2', 0, [bytes('c')]);
    await killAndRestart();
    claim = await again(() => store.claim(address(), 'two'));
    expect(await everything(store, claim)).toEqual(['a', 'b']);
  });

  it('stopped: a call ends at its deadline, and made again later is not done twice', async () => {
    const hasty = await openStore(server.url, { commandTimeoutMs: 300 });
    claim = await hasty.claim(address(), 'one');
    server.pause();
    try {
      const start = performance.now();
      const error = await failure(hasty.append(claim, 0, [bytes('a'), bytes('b')]));
      expect(error.code).toBe('STORE_UNAVAILABLE');
      expect(performance.now() - start).toBeLessThan(5000);
      expect((await failure(hasty.append(claim, 0, [bytes('a'), bytes('b')]))).code).toBe('STORE_UNAVAILABLE');
    } finally {
      server.resume();
    }
    claim = await again(() => hasty.append(claim, 0, [bytes('a'), bytes('b')]));
    claim = await hasty.append(claim, 2, [bytes('c')]);
    expect(await journal(hasty, claim)).toEqual(['a', 'b', 'c']);
    await hasty.close();
  });

  it('stopped: opening a store and closing one end too', async () => {
    const hasty = makeStore(server.url, { connectTimeoutMs: 200, commandTimeoutMs: 200 });
    server.pause();
    try {
      expect((await failure(hasty.open(signal))).code).toBe('STORE_UNAVAILABLE');
      const call = failure(store.keepAlive(claim));
      const start = performance.now();
      await store.close();
      expect((await call).code).toBe('STORE_UNAVAILABLE');
      expect(performance.now() - start).toBeLessThan(2000);
    } finally {
      server.resume();
    }
    await again(() => hasty.open(signal));
    await hasty.close();
  });

  it('opening ends when it is given up', async () => {
    const waiting = makeStore(server.url);
    const giveUp = new AbortController();
    server.pause();
    try {
      const call = failure(waiting.open(giveUp.signal));
      giveUp.abort();
      expect((await call).code).toBe('STORE_UNAVAILABLE');
      expect((await failure(waiting.open(giveUp.signal))).code).toBe('STORE_UNAVAILABLE');
    } finally {
      server.resume();
      await waiting.close();
    }
  });

  it('started empty: its owner learns that data is lost, and a new claim begins at epoch 1', async () => {
    claim = await store.claim(address(), 'one');
    claim = await save(store, claim, 's1', ['a']);
    expect(claim.epoch).toBe(2);
    await server.restartEmpty();
    for (const call of [
      () => store.append(claim, 0, [bytes('x')]),
      () => store.stage(claim, 's2', 0, [bytes('x')]),
      () => store.commit(claim, { saveId: 's2', count: 0, mode: 'replace', journalEnd: 0 }),
      () => store.read(claim, 0, 1),
      () => store.keepAlive(claim),
    ]) {
      const error = await failure(again<unknown>(call));
      expect(error.code).toBe('STORE_CORRUPT');
      expect(error.message).toMatch(/queue calls, partition 0 of test: .*Redis has lost data/);
    }
    const anew = await store.claim(address(), 'one');
    expect(anew).toMatchObject({ epoch: 1, generation: 0, count: 0 });
    expect((await failure(store.append(claim, 0, [bytes('x')]))).code).toBe('STORE_CORRUPT');
    expect(await store.list('test')).toHaveLength(1);
  });

  it('gone: opening says so at once, and goes through when it is back', async () => {
    const later = makeStore(server.url);
    await server.kill();
    try {
      const start = performance.now();
      const error = await failure(later.open(signal));
      expect(error.code).toBe('STORE_UNAVAILABLE');
      expect(error.message).toContain('ECONNREFUSED');
      expect(performance.now() - start).toBeLessThan(3000);
    } finally {
      await server.restart();
    }
    await later.open(signal);
    expect((await later.claim(address(), 'two')).epoch).toBe(2);
    await later.close();
  });
});
