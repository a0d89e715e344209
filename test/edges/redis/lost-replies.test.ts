import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as scripts from '../../../src/edges/redis/partition-scripts.ts';
import type { RedisQueueStore } from '../../../src/edges/redis/redis-queue-store.ts';
import type { PartitionClaim } from '../../../src/ports/queue-store.ts';
import { loopbackAddresses } from '../../loopback.ts';
import { machineHas } from '../../machine.ts';
import { address, bytes, everything, save } from '../../queues/store-content.ts';
import { again, failure } from '../../redis/again.ts';
import { openStore } from '../../redis/open-store.ts';
import { type ProxyFault, RedisProxy } from '../../redis/redis-proxy.ts';
import { RedisServer } from '../../redis/redis-server.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const faults: readonly ProxyFault[] = ['lose the request', 'lose the reply', 'swallow the reply'];

describe.skipIf(!machineHas('redis'))('a connection that fails in the middle of a call', () => {
  let server: RedisServer;
  let proxy: RedisProxy;
  let store: RedisQueueStore;
  let other: RedisQueueStore;
  let claim: PartitionClaim;

  beforeAll(async () => {
    server = await RedisServer.start({ address: nextAddress() });
    proxy = await RedisProxy.start(nextAddress(), { host: server.address, port: 6379 });
  });

  beforeEach(async () => {
    await server.command('FLUSHALL');
    // A swallowed reply is noticed at the deadline.
    store = await openStore({ ...server.url, host: proxy.address }, { commandTimeoutMs: 500 });
    other = await openStore(server.url);
    // Redis knows all scripts from here on: a fault does not meet the question whether it does.
    let warm = await other.claim(address({ partition: 'warm' }), 'one');
    warm = await save(other, await other.append(warm, 0, [bytes('j')]), 's', ['a']);
    await other.release(await other.moveCursor(warm, 1));
    claim = await other.claim(address(), 'one');
    claim = await save(other, claim, 's1', ['a', 'b', 'c']);
    claim = await other.append(claim, 0, [bytes('j0')]);
    proxy.hits = 0;
  });

  afterEach(async () => {
    await store.close();
    await other.close();
  });

  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });

  const calls: readonly {
    readonly call: string;
    readonly script: scripts.Script;
    readonly wanted: readonly string[];
    run(): Promise<unknown>;
  }[] = [
    {
      call: 'append',
      script: scripts.APPEND,
      wanted: ['a', 'b', 'c', 'j0', 'j1', 'j2'],
      run: () => store.append(claim, 1, ['j1', 'j2'].map(bytes)),
    },
    {
      call: 'stage',
      script: scripts.STAGE,
      wanted: ['d', 'e', 'j0'],
      run: async () => {
        await again(() => store.stage(claim, 's2', 0, ['d', 'e'].map(bytes)));
        return again(() => store.commit(claim, { saveId: 's2', count: 2, mode: 'replace', journalEnd: 0 }));
      },
    },
    {
      call: 'commit of a new generation',
      script: scripts.COMMIT,
      wanted: ['d', 'e'],
      run: async () => {
        await again(() => store.stage(claim, 's2', 0, ['d', 'e'].map(bytes)));
        return again(() => store.commit(claim, { saveId: 's2', count: 2, mode: 'replace', journalEnd: 1 }));
      },
    },
    {
      call: 'commit that appends',
      script: scripts.COMMIT,
      wanted: ['a', 'b', 'c', 'd', 'j0'],
      run: async () => {
        await again(() => store.stage(claim, 's2', 0, [bytes('d')]));
        return again(() => store.commit(claim, { saveId: 's2', count: 1, mode: 'append', journalEnd: 0 }));
      },
    },
    {
      call: 'wait for the disk',
      script: scripts.TOUCH,
      wanted: ['a', 'b', 'c', 'd', 'j0'],
      run: async () => {
        await again(() => store.stage(claim, 's2', 0, [bytes('d')]));
        return again(() => store.commit(claim, { saveId: 's2', count: 1, mode: 'append', journalEnd: 0 }));
      },
    },
    {
      call: 'move of the cursor',
      script: scripts.MOVE_CURSOR,
      wanted: ['c', 'j0'],
      run: () => store.moveCursor(claim, 2),
    },
    { call: 'release', script: scripts.RELEASE, wanted: ['a', 'b', 'c', 'j0'], run: () => store.release(claim) },
    { call: 'claim', script: scripts.CLAIM, wanted: ['a', 'b', 'c', 'j0'], run: () => store.claim(address(), 'one') },
  ];

  describe.each(calls)('$call', ({ script, run, wanted }) => {
    it.each(faults)('made again after it did %s, is done once', async (fault) => {
      proxy.arm(script.flagged.sha, fault);
      await again(run);
      expect(proxy.hits).toBe(1);
      expect(await everything(other, await other.claim(address(), 'two'))).toEqual(wanted);
    });
  });

  it('is told as STORE_UNAVAILABLE, with what Redis was asked', async () => {
    proxy.arm(scripts.KEEP_ALIVE.flagged.sha, 'swallow the reply');
    const error = await failure(store.keepAlive(claim));
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', name: 'StoreError' });
    expect(error.message).toBe(`redis://${proxy.address}:6379: no answer to a sign of life in 500 ms`);
  });

  it('is mended by itself: a silent connection is given up for a new one', async () => {
    proxy.arm(scripts.KEEP_ALIVE.flagged.sha, 'swallow the reply');
    await failure(store.keepAlive(claim));
    await again(() => store.keepAlive(claim));
    proxy.cut();
    await again(() => store.keepAlive(claim));
  });
});

describe.skipIf(!machineHas('redis'))('a call that arrives when nobody waits for it any more', () => {
  let server: RedisServer;
  let store: RedisQueueStore;

  beforeAll(async () => {
    server = await RedisServer.start({ address: nextAddress() });
    store = await openStore(server.url);
  });

  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  it('fences nobody: a late copy of a claim', async () => {
    const first = await store.claim(address(), 'one');
    const claim = await store.claim(address(), 'one');
    const late = [scripts.CLAIM.flagged.source, 1, '{dmq:test:calls:0}:m', first.epoch - 1, 'one'] as const;
    expect(await server.command('EVAL', ...late)).toEqual(['raced']);
    expect((await store.append(claim, 0, [bytes('a')])).journalEnd).toBe(1);
  });

  it('replaces nothing: the commit of a save that was given up for another', async () => {
    const claim = await store.claim(address({ queue: 'second' }), 'one');
    await store.stage(claim, 'given up', 0, ['a', 'b'].map(bytes));
    const next = await save(store, claim, 'the next one', ['c']);
    const late = store.commit(claim, { saveId: 'given up', count: 2, mode: 'replace', journalEnd: 0 });
    expect((await failure(late)).code).toBe('STORE_GAP');
    expect(await everything(store, next)).toEqual(['c']);
  });

  it('leaves only what goes by itself: a chunk of a save that is done', async () => {
    const claim = await store.claim(address({ queue: 'third' }), 'one');
    await store.stage(claim, 's1', 0, [bytes('a')]);
    await store.stage(claim, 's2', 0, [bytes('b')]);
    await store.commit(claim, { saveId: 's2', count: 1, mode: 'replace', journalEnd: 0 });
    const left = await server.command('PTTL', `{dmq:test:third:0}:s:${claim.epoch}:s1`);
    expect(Number(left)).toBeGreaterThan(3_000_000);
    expect(Number(left)).toBeLessThanOrEqual(3_600_000);
  });
});
