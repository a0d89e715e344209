import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RedisQueueStore } from '../../../src/edges/redis/redis-queue-store.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { loopbackAddresses } from '../../loopback.ts';
import { machineHas } from '../../machine.ts';
import { queueStoreContract } from '../../queues/queue-store-contract.ts';
import { address, bytes, everything, items, save, texts } from '../../queues/store-content.ts';
import { aclUser } from '../../redis/acl-user.ts';
import { again, failure } from '../../redis/again.ts';
import { makeStore, openStore, storesOn } from '../../redis/open-store.ts';
import { RedisCluster } from '../../redis/redis-cluster.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const signal = new AbortController().signal;
const META = '{dmq:test:moved:0}:m';

describe.skipIf(!machineHas('redis'))('a cluster of three', () => {
  let cluster: RedisCluster;
  const opened: RedisQueueStore[] = [];

  beforeAll(async () => {
    cluster = await RedisCluster.start(nextAddress);
  });

  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });

  afterAll(() => cluster.stop());

  queueStoreContract('RedisQueueStore on a cluster of three', () => {
    return storesOn(cluster.masters, () => openStore(cluster.url));
  });

  it('is enough for a user with no more than the rights that queues need', async () => {
    const [, ...rules] = aclUser('kdmq', 'right', '+cluster|slots +cluster|info').split(' ').slice(1);
    for (const node of cluster.nodes) await node.command('ACL', 'SETUSER', 'kdmq', ...rules);
    const log = new MemoryLog();
    const store = await openStore({ ...cluster.url, username: 'kdmq', password: 'right' }, { log });
    opened.push(store);
    const claim = await save(store, await store.claim(address({ queue: 'rights' }), 'one'), 's1', ['a']);
    expect(await everything(store, claim)).toEqual(['a']);
    await store.moveCursor(claim, 1);
    await store.release(claim);
    expect(log.lines).toEqual([]);
    const wrong = makeStore({ ...cluster.url, username: 'kdmq', password: 'wrong' });
    expect((await failure(wrong.open(signal))).code).toBe('STORE_REFUSED');
  });

  it('keeps a save whole while its slot moves to another node', async () => {
    const store = await openStore(cluster.url);
    opened.push(store);
    let claim = await store.claim(address({ queue: 'moved' }), 'one');
    claim = await save(store, claim, 's1', ['old']);
    const from = cluster.masterOf(META);
    const to = cluster.masters.find((node) => node !== from)!;
    const all = items(10_000);
    let moving: Promise<void> | undefined;
    for (let at = 0; at < all.length; at += 500) {
      if (at === 3000) moving = cluster.moveSlot(META, from, to);
      await again(() => store.stage(claim, 's2', at, all.slice(at, at + 500).map(bytes)));
    }
    claim = await again(() => store.commit(claim, { saveId: 's2', count: all.length, mode: 'replace', journalEnd: 0 }));
    await moving;
    expect(await again(() => everything(store, claim))).toEqual(all);
    expect(await to.command('EXISTS', META)).toBe(1);

    await cluster.moveSlot(META, to, from);
    claim = await again(() => store.append(claim, 0, [bytes('j')]));
    expect(await again(() => everything(store, claim))).toEqual([...all, 'j']);
  });

  it('gives a long list whose slot moves while it is read', async () => {
    const store = await openStore(cluster.url);
    opened.push(store);
    const all = items(6_000).map((item) => item.padEnd(1_000));
    let claim = await store.claim(address({ queue: 'long' }), 'one');
    claim = await save(store, claim, 's1', all);
    const meta = '{dmq:test:long:0}:m';
    const from = cluster.masterOf(meta);
    const to = cluster.masters.find((node) => node !== from)!;
    const read = texts(await store.read(claim, 0, 1_000));
    await cluster.moveSlot(meta, from, to);
    while (read.length < all.length) read.push(...texts(await again(() => store.read(claim, read.length, 1_000))));
    expect(read).toEqual(all);
    await cluster.moveSlot(meta, to, from);
  });

  it('that is gone as a whole is not available, and comes back', async () => {
    const store = await openStore(cluster.url, { commandTimeoutMs: 1000 });
    opened.push(store);
    const claim = await store.claim(address({ queue: 'gone' }), 'one');
    for (const node of cluster.nodes) await node.kill();
    const calls = Array.from({ length: 20 }, () => failure(store.keepAlive(claim)));
    expect(new Set((await Promise.all(calls)).map(({ code }) => code))).toEqual(new Set(['STORE_UNAVAILABLE']));
    expect((await failure(makeStore(cluster.url, { connectTimeoutMs: 500 }).open(signal))).code).toBe(
      'STORE_UNAVAILABLE',
    );
    for (const node of cluster.nodes) await node.restart();
    await again(() => store.keepAlive(claim));
  });
});

describe.skipIf(!machineHas('valkey'))('a cluster whose master has a replica', () => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await RedisCluster.start(nextAddress, 1, 'valkey');
  });

  afterAll(() => cluster.stop());

  it('fails over in the middle of a save: it goes through on the new master', async () => {
    const store = await openStore(cluster.url, { commandTimeoutMs: 1500 });
    const waiting = await openStore(cluster.url, { replicas: 1 });
    // The first master is the one with a replica.
    const [first] = cluster.masters;
    const partition = Array.from({ length: 100 }, (_, index) => String(index)).find((each) => {
      return cluster.masterOf(`{dmq:test:calls:${each}}:m`) === first;
    })!;
    let claim = await store.claim(address({ partition }), 'one');
    claim = await save(waiting, claim, 's1', ['old']);
    const all = items(4000);
    await store.stage(claim, 's2', 0, all.slice(0, 2000).map(bytes));
    await first!.kill();
    // What was staged may be lost with the master: stage again from the front, what is there is not put again.
    for (let at = 0; at < all.length; at += 500) {
      await again(() => store.stage(claim, 's2', at, all.slice(at, at + 500).map(bytes)));
    }
    claim = await again(() => store.commit(claim, { saveId: 's2', count: all.length, mode: 'replace', journalEnd: 0 }));
    expect(claim).toMatchObject({ generation: 2, count: 4000 });
    expect(await again(() => everything(store, claim))).toEqual(all);
    await store.close();
    await waiting.close();
  });
});
