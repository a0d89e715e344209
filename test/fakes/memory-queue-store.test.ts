import { describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/edges/system/system-clock.ts';
import { queueStoreContract } from '../queues/queue-store-contract.ts';
import { address, bytes, everything } from '../queues/store-content.ts';
import { FakeClock } from './fake-clock.ts';
import { MemoryQueueData } from './memory-queue-data.ts';
import { MemoryQueueStore } from './memory-queue-store.ts';

queueStoreContract('MemoryQueueStore', async () => {
  const data = new MemoryQueueData();
  const clock = new SystemClock();
  const stores: MemoryQueueStore[] = [];
  const connect = async () => {
    const store = new MemoryQueueStore(clock, data);
    stores.push(store);
    return store;
  };
  return {
    store: await connect(),
    connect,
    temporaries: async () => data.stages(),
    destroy: async () => {
      for (const store of stores) await store.close();
    },
  };
});

describe('MemoryQueueStore in trouble', () => {
  const opened = async () => {
    const store = new MemoryQueueStore(new FakeClock());
    return { store, claim: await store.claim(address(), 'one') };
  };

  it('fails as it is told, for the calls that are named, as often as is said', async () => {
    const { store, claim } = await opened();
    store.trouble.fail('STORE_REFUSED', { calls: ['append'], times: 2 });
    await store.keepAlive(claim);
    await expect(store.append(claim, 0, [bytes('a')])).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    await expect(store.append(claim, 0, [bytes('a')])).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    expect((await store.append(claim, 0, [bytes('a')])).journalEnd).toBe(1);
    store.trouble.fail('STORE_UNAVAILABLE');
    await expect(store.list('test')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    store.trouble.heal();
    expect(await store.list('test')).toHaveLength(1);
  });

  it('carries out a call whose reply is lost', async () => {
    const { store, claim } = await opened();
    store.trouble.fail('REPLY_LOST', { times: 1 });
    await expect(store.append(claim, 0, [bytes('a')])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await everything(store, await store.append(claim, 0, [bytes('a')]))).toEqual(['a']);
  });

  it('holds calls until it goes on, and ends them with a close', async () => {
    const { store, claim } = await opened();
    store.trouble.hold('append');
    const append = store.append(claim, 0, [bytes('a')]);
    await Promise.resolve();
    expect(store.trouble.waiting).toEqual(['append']);
    await expect(store.keepAlive(claim)).rejects.toThrow('two calls at the same time');
    store.trouble.resume();
    expect(await append).toMatchObject({ journalEnd: 1 });
    store.trouble.hold();
    const held = store.keepAlive(claim);
    await Promise.all([store.close(), expect(held).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })]);
    expect(store.calls).toEqual(['claim', 'append', 'keepAlive', 'keepAlive']);
  });
});
