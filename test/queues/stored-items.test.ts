import { beforeEach, describe, expect, it } from 'vitest';
import {
  itemDeliveries,
  itemValue,
  writeDelivered,
  writeItem,
  writeRemoved,
} from '../../src/core/mqueue/item-record.ts';
import type { PartitionClaim } from '../../src/ports/queue-store.ts';
import { storedItems } from '../../src/queues/stored-items.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { MemoryQueueStore } from '../fakes/memory-queue-store.ts';
import { address, bytes, text } from './store-content.ts';

describe('what a start would read of a partition that somebody owns', () => {
  let store: MemoryQueueStore;
  let claim: PartitionClaim;

  const item = (sequence: number): Uint8Array =>
    writeItem({ epoch: 1, sequence, addedAt: 0, dueAt: 0, key: bytes('k'), value: bytes(`v${sequence}`) });
  const save = async (saveId: string, sequences: number[], journalEnd = claim.journalStart): Promise<void> => {
    await store.stage(claim, saveId, 0, sequences.map(item));
    claim = await store.commit(claim, { saveId, count: sequences.length, mode: 'replace', journalEnd });
  };
  const read = async (): Promise<Uint8Array[]> => {
    const snapshot = await store.inspect(address());
    if (snapshot === undefined) return [];
    const found: Uint8Array[] = [];
    for await (const page of storedItems(store, snapshot)) found.push(...page);
    return found;
  };
  const values = async (): Promise<string[]> => (await read()).map((record) => text(itemValue(record)));

  beforeEach(async () => {
    store = new MemoryQueueStore(new FakeClock());
    claim = await store.claim(address(), 'one');
  });

  it('is nothing of an empty one', async () => {
    expect(await values()).toEqual([]);
  });

  it('are the items that are not consumed, over many pages', async () => {
    const sequences = Array.from({ length: 12_345 }, (_, index) => index);
    await save('s1', sequences);
    claim = await store.moveCursor(claim, 45);
    expect(await values()).toEqual(sequences.slice(45).map((sequence) => `v${sequence}`));
  });

  it('has the journal applied: what was removed, delivered and added since', async () => {
    await save('s1', [1, 2, 3]);
    const entries = [writeRemoved({ epoch: 1, sequence: 2 }), item(4), writeDelivered({ epoch: 1, sequence: 3 })];
    claim = await store.append(claim, 0, [...entries, item(5), writeRemoved({ epoch: 1, sequence: 4 })]);
    expect(await values()).toEqual(['v1', 'v3', 'v5']);
    expect((await read()).map(itemDeliveries)).toEqual([0, 1, 0]);
  });

  it('fences nobody', async () => {
    await save('s1', [1]);
    await values();
    await expect(store.append(claim, 0, [item(2)])).resolves.toMatchObject({ journalEnd: 1 });
  });

  it('ends with STORE_GAP when the owner saves in the middle, and never mixes two generations', async () => {
    await save(
      's1',
      Array.from({ length: 6_000 }, (_, index) => index),
    );
    const snapshot = (await store.inspect(address()))!;
    const items = storedItems(store, snapshot);
    await items.next();
    await save('s2', [7]);
    await expect(items.next()).rejects.toMatchObject({ code: 'STORE_GAP' });
    expect(await values()).toEqual(['v7']);
  });

  it.each(['items', 'journal'] as const)('ends with STORE_CORRUPT that says where %s are missing', async (part) => {
    await save('s1', [1, 2]);
    claim = await store.append(claim, 0, [item(3)]);
    const peek = store.peek.bind(store);
    store.peek = async (snapshot, asked, from, limit) => (asked === part ? [] : peek(snapshot, asked, from, limit));
    const message = expect.stringMatching(new RegExp(`: ${part} of test/calls/0: nothing at position 0 of `));
    await expect(values()).rejects.toMatchObject({ code: 'STORE_CORRUPT', message });
  });

  it('ends with STORE_CORRUPT when a record can not be read', async () => {
    await store.stage(claim, 's1', 0, [Uint8Array.of(1, 9)]);
    await store.commit(claim, { saveId: 's1', count: 1, mode: 'replace', journalEnd: 0 });
    await expect(values()).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });
});
