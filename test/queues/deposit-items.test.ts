import { beforeEach, describe, expect, it } from 'vitest';
import type { PartitionView } from '../../src/ports/queue-store.ts';
import { type Deposit, depositItems } from '../../src/queues/deposit-items.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { MemoryQueueStore } from '../fakes/memory-queue-store.ts';
import { SeededRandom } from '../fakes/seeded-random.ts';
import { address, bytes, everything, items } from './store-content.ts';

const own = address({ partition: 'import-1' });

describe('a deposit', () => {
  let clock: FakeClock;
  let store: MemoryQueueStore;
  let abort: AbortController;

  beforeEach(() => {
    clock = new FakeClock();
    store = new MemoryQueueStore(clock);
    abort = new AbortController();
  });

  async function* batches(...texts: string[][]): AsyncGenerator<Uint8Array[]> {
    for (const batch of texts) yield batch.map(bytes);
  }
  const deposit = (content: AsyncIterable<Uint8Array[]>): Promise<Deposit> => {
    const request = { address: own, owner: 'importer', adopter: '0', batches: content, signal: abort.signal };
    return depositItems({ store, clock, random: new SeededRandom() }, request);
  };
  /** Lets its pauses go by. */
  const patient = async <T>(work: Promise<T>): Promise<T> => {
    let isOver = false;
    const over = work.finally(() => {
      isOver = true;
    });
    over.catch(() => {});
    for (let turn = 0; turn < 1_000 && !isOver; turn++) {
      clock.advance(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return over;
  };
  const views = (): Promise<PartitionView[]> => store.list('test');

  it('is a partition of its own, in the order of the items, free for its adopter', async () => {
    const many = items(2_500);
    expect(await deposit(batches(many.slice(0, 7), many.slice(7)))).toEqual({ items: 2_500, notAssigned: undefined });
    expect(await views()).toMatchObject([{ address: own, owner: undefined, adopter: '0', items: 2_500, journal: 0 }]);
    expect(await everything(store, await store.claim(own, 'two'))).toEqual(many);
  });

  it.each([[[]], [[[]]]])('of nothing (%j) leaves nothing', async (nothing: string[][]) => {
    expect(await deposit(batches(...nothing))).toEqual({ items: 0, notAssigned: undefined });
    expect(await views()).toEqual([]);
  });

  it('leaves nothing when the items end with an error', async () => {
    async function* broken(): AsyncGenerator<Uint8Array[]> {
      yield items(3_000).map(bytes);
      throw new Error('line 3001');
    }
    await expect(deposit(broken())).rejects.toThrow('line 3001');
    expect(await views()).toEqual([]);
  });

  it.each(['claim', 'stage', 'commit', 'release', 'assign'] as const)(
    'is made once when the reply to a %s is lost',
    async (call) => {
      store.trouble.fail('REPLY_LOST', { calls: [call], times: 1 });
      expect(await patient(deposit(batches(items(5))))).toEqual({ items: 5, notAssigned: undefined });
      expect(await views()).toMatchObject([{ owner: undefined, adopter: '0', items: 5 }]);
      expect(await everything(store, await store.claim(own, 'two'))).toEqual(items(5));
    },
  );

  it('gives a store up that stays away', async () => {
    store.trouble.fail('STORE_UNAVAILABLE', { calls: ['stage'] });
    await expect(patient(deposit(batches(items(5))))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(store.calls.filter((call) => call === 'stage')).toHaveLength(5);
    expect(await views()).toEqual([]);
  });

  it('does not wait for a store when it is called off', async () => {
    store.trouble.fail('STORE_UNAVAILABLE', { calls: ['stage'] });
    abort.abort();
    await expect(deposit(batches(items(5)))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(store.calls.filter((call) => call === 'stage')).toHaveLength(1);
  });

  it('that has no adopter says so: the items are there', async () => {
    store.trouble.fail('STORE_REFUSED', { calls: ['assign'] });
    const { items: count, notAssigned } = await deposit(batches(items(5)));
    expect({ count, code: notAssigned?.code }).toEqual({ count: 5, code: 'STORE_REFUSED' });
    expect(await views()).toMatchObject([{ owner: undefined, adopter: undefined, items: 5 }]);
  });
});
