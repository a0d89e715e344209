import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StoreError } from '../../../src/core/mqueue/store-error.ts';
import type { RedisQueueStore } from '../../../src/edges/redis/redis-queue-store.ts';
import type { PartitionClaim } from '../../../src/ports/queue-store.ts';
import { loopbackAddresses } from '../../loopback.ts';
import { machineHas, type Tool } from '../../machine.ts';
import { address, bytes, everything, items, save } from '../../queues/store-content.ts';
import { again, failure } from '../../redis/again.ts';
import { makeStore, openStore } from '../../redis/open-store.ts';
import { RedisSentinels } from '../../redis/redis-sentinels.ts';
import type { ServerKind } from '../../redis/redis-server.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const signal = new AbortController().signal;
const kinds: readonly (ServerKind & Tool)[] = ['redis', 'valkey'];

describe.each(kinds)('sentinels of %s', (kind) => {
  describe.skipIf(!machineHas(kind))('', () => {
    let set: RedisSentinels;
    const opened: RedisQueueStore[] = [];

    beforeAll(async () => {
      set = await RedisSentinels.start(nextAddress, 'secret', kind);
    });

    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
    });

    afterAll(() => set.stop());

    /** With `replicas` 1 a commit waits for the replica: what a dying master takes with it is not more than was staged since. */
    const open = async (replicas = 0) => {
      const store = await openStore(set.url, { replicas, commandTimeoutMs: 1500, connectTimeoutMs: 1500 });
      opened.push(store);
      return store;
    };

    /** A save as a queue does it: made again from the front when staged records are lost with a master. */
    const saveAgain = async (store: RedisQueueStore, claim: PartitionClaim, saveId: string, all: readonly string[]) => {
      const request = { saveId, count: all.length, mode: 'replace', journalEnd: claim.journalEnd } as const;
      for (let tries = 0; ; tries++) {
        try {
          for (let at = 0; at < all.length; at += 500) {
            await again(() => store.stage(claim, saveId, at, all.slice(at, at + 500).map(bytes)));
          }
          return await again(() => store.commit(claim, request));
        } catch (error) {
          if (!(error instanceof StoreError && error.code === 'STORE_GAP') || tries === 5) throw error;
        }
      }
    };

    it('lead to the master, and their password is that of Redis', async () => {
      const store = await open();
      expect(store.name).toMatch(/^redis\+sentinel:\/\/127[0-9.:,]+\/mymaster$/);
      const claim = await save(store, await store.claim(address({ queue: 'simple' }), 'one'), 's1', ['a']);
      expect(await everything(store, claim)).toEqual(['a']);
    });

    it('of a master that nobody knows are not enough', async () => {
      const store = makeStore({ ...set.url, name: 'other' }, { connectTimeoutMs: 500, commandTimeoutMs: 500 });
      expect((await failure(store.open(signal))).code).toBe('STORE_UNAVAILABLE');
      await store.close();
    });

    it('fail over in the middle of a save: it goes through on the new master', async () => {
      const store = await open();
      const waiting = await open(1);
      let claim = await store.claim(address(), 'one');
      claim = await save(waiting, claim, 's1', ['old']);
      const master = await set.master();
      const all = items(10_000);
      for (let at = 0; at < 5000; at += 500) {
        await again(() => store.stage(claim, 's2', at, all.slice(at, at + 500).map(bytes)));
      }
      await master.kill();
      claim = await saveAgain(store, claim, 's2', all);
      expect(claim).toMatchObject({ generation: 2, count: 10_000 });
      expect(await set.master()).not.toBe(master);
      expect(await again(() => everything(store, claim))).toEqual(all);

      // The old master comes back as a replica, which the next commit waits for. Sentinels take 10 s to think of it.
      await master.restart();
      await master.command('REPLICAOF', (await set.master()).address, 6379);
      claim = await saveAgain(waiting, claim, 's3', ['last']);
      const next = await (await open()).claim(address(), 'two');
      expect(await everything(store, next)).toEqual(['last']);
    });

    it('are asked again when the master turns into a replica under an open connection', async () => {
      const store = await open();
      let claim = await store.claim(address({ queue: 'demoted' }), 'one');
      const master = await set.master();
      await set.failOver();
      await expect.poll(async () => (await set.master()) !== master, { timeout: 20_000 }).toBe(true);
      await expect
        .poll(() => store.append(claim, 0, [bytes('a')]).then(({ journalEnd }) => journalEnd, String), {
          timeout: 20_000,
        })
        .toBe(1);
      claim = await store.claim(claim.address, 'two');
      expect(await everything(store, claim)).toEqual(['a']);
    });
  });
});
