import { beforeEach, describe, expect, it, vi } from 'vitest';
import { address, bytes, everything, items, save, texts } from '../store-content.ts';
import type { ContractWorld } from './contract-world.ts';

/** What others than the owner see and say of a partition. */
export function viewContract(t: ContractWorld): void {
  describe('list', () => {
    it('shows the partitions of a cluster and of no other', async () => {
      t.claim = await save(t.store, t.claim, 's1', ['a', 'b', 'c']);
      t.claim = await t.store.moveCursor(t.claim, 1);
      t.claim = await t.store.append(t.claim, 0, ['j', 'k'].map(bytes));
      await t.store.claim(address({ cluster: 'elsewhere' }), 'one');
      await t.other.claim(address({ queue: 'second' }), 'two');
      const view = { epoch: t.claim.epoch, quietMs: expect.any(Number), adopter: undefined };
      expect(await t.views()).toEqual([
        { ...view, address: address(), owner: 'one', items: 2, journal: 2 },
        { ...view, address: address({ queue: 'second' }), owner: 'two', items: 0, journal: 0 },
      ]);
      expect(await t.store.list('elsewhere')).toHaveLength(1);
      expect(await t.store.list('nobody')).toEqual([]);
    });

    it('counts only what came after the committed generation as journal', async () => {
      t.claim = await t.store.append(t.claim, 0, ['a', 'b', 'c'].map(bytes));
      await t.store.stage(t.claim, 's1', 0, [bytes('A')]);
      await t.store.commit(t.claim, { saveId: 's1', count: 1, mode: 'replace', journalEnd: 2 });
      expect(await t.views()).toMatchObject([{ items: 1, journal: 1 }]);
    });

    it('shows how long an owner has been quiet; keepAlive and a claim are signs of life', async () => {
      const quietMs = async () => (await t.views())[0]!.quietMs;
      const signs: (() => Promise<unknown>)[] = [
        () => t.store.keepAlive(t.claim),
        async () => {
          t.claim = await t.store.claim(address(), 'one');
        },
      ];
      for (const sign of signs) {
        await vi.waitFor(async () => expect(await quietMs()).toBeGreaterThanOrEqual(150), 5000);
        const start = performance.now();
        await sign();
        const quiet = await quietMs();
        // No more than has gone by since; stores may count in steps of some milliseconds.
        expect(quiet).toBeLessThanOrEqual(performance.now() - start + 20);
        expect(quiet).toBeGreaterThanOrEqual(0);
      }
    });
  });

  describe('inspect and peek', () => {
    beforeEach(async () => {
      t.claim = await save(t.store, t.claim, 's1', items(7));
      t.claim = await t.store.moveCursor(t.claim, 2);
      t.claim = await t.store.append(t.claim, 0, ['j0', 'j1', 'j2'].map(bytes));
    });

    it('show the content as a claim would, in pages, and disturb nobody', async () => {
      const { owner: _, ...expected } = t.claim;
      const snapshot = (await t.other.inspect(address()))!;
      expect(snapshot).toEqual(expected);
      const pages = [await t.other.peek(snapshot, 'items', 2, 3), await t.other.peek(snapshot, 'items', 5, 3)];
      expect(pages.map(texts)).toEqual([items(7).slice(2, 5), items(7).slice(5)]);
      expect(texts(await t.other.peek(snapshot, 'items', 0, 1))).toEqual(items(1));
      expect(texts(await t.other.peek(snapshot, 'journal', 0, 2))).toEqual(['j0', 'j1']);
      expect(texts(await t.other.peek(snapshot, 'journal', 2, 2))).toEqual(['j2']);
      expect(await t.views()).toMatchObject([{ owner: 'one', epoch: t.claim.epoch }]);
      t.claim = await t.store.append(t.claim, 3, [bytes('j3')]);
      expect(await everything(t.store, t.claim)).toEqual([...items(7).slice(2), 'j0', 'j1', 'j2', 'j3']);
    });

    it('give what the snapshot names while the owner consumes and appends', async () => {
      const snapshot = (await t.other.inspect(address()))!;
      t.claim = await t.store.moveCursor(t.claim, 6);
      await t.store.append(t.claim, 3, [bytes('later')]);
      expect(texts(await t.other.peek(snapshot, 'items', 2, 100))).toEqual(items(7).slice(2));
      expect(texts(await t.other.peek(snapshot, 'journal', 0, 100))).toEqual(['j0', 'j1', 'j2']);
      expect(await t.other.inspect(address())).toMatchObject({ cursor: 6, journalEnd: 4 });
    });

    const changes: Record<string, () => Promise<unknown>> = {
      'a commit': () => save(t.store, t.claim, 's2', items(9), 'replace', 3),
      'a claim': () => t.store.claim(address(), 'three'),
      'another life of it': async () => {
        t.claim = await save(t.store, t.claim, 's2', [], 'replace', 3);
        await t.store.release(t.claim);
        t.claim = await t.store.claim(address(), 'three');
        await save(t.store, t.claim, 's3', items(7));
      },
    };
    it.each(Object.keys(changes))('after %s it is said that the snapshot is over', async (change) => {
      const snapshot = (await t.other.inspect(address()))!;
      await t.other.peek(snapshot, 'items', 2, 1);
      await changes[change]!();
      await t.refused('STORE_GAP', t.other.peek(snapshot, 'items', 3, 1));
      await t.refused('STORE_GAP', t.other.peek(snapshot, 'journal', 0, 1));
      const next = (await t.other.inspect(address()))!;
      expect(texts(await t.other.peek(next, 'items', 6, 1))).toEqual([items(7)[6]]);
    });

    it('need no owner, and give the journal that a commit has left', async () => {
      await t.store.stage(t.claim, 's2', 0, [bytes('A')]);
      t.claim = await t.store.commit(t.claim, { saveId: 's2', count: 1, mode: 'replace', journalEnd: 2 });
      await t.store.release(t.claim);
      const snapshot = (await t.other.inspect(address()))!;
      expect(snapshot).toMatchObject({ count: 1, cursor: 0, journalStart: 2, journalEnd: 3 });
      expect(texts(await t.other.peek(snapshot, 'items', 0, 9))).toEqual(['A']);
      expect(texts(await t.other.peek(snapshot, 'journal', 2, 9))).toEqual(['j2']);
    });

    it('make nothing: where there is no partition there is nothing to see', async () => {
      expect(await t.other.inspect(address({ partition: 'nowhere' }))).toBeUndefined();
      t.claim = await save(t.store, t.claim, 's2', [], 'replace', 3);
      await t.store.release(t.claim);
      expect(await t.other.inspect(address())).toBeUndefined();
      expect(await t.views()).toEqual([]);
      expect(await t.under.temporaries()).toEqual([]);
    });

    it('go through a long list page by page', async () => {
      t.claim = await save(t.store, t.claim, 's2', items(5000), 'replace', 3);
      const snapshot = (await t.other.inspect(address()))!;
      const found: string[] = [];
      while (found.length < 5000) found.push(...texts(await t.other.peek(snapshot, 'items', found.length, 700)));
      expect(found).toEqual(items(5000));
    });
  });

  describe('assign', () => {
    it('shows the adopter, fences nobody and touches no content', async () => {
      t.claim = await save(t.store, t.claim, 's1', ['a']);
      await t.other.assign(address(), '5');
      expect(await t.views()).toMatchObject([{ owner: 'one', epoch: t.claim.epoch, adopter: '5', items: 1 }]);
      t.claim = await t.store.append(t.claim, 0, [bytes('j')]);
      expect(await everything(t.store, t.claim)).toEqual(['a', 'j']);
    });

    it('lasts through a claim, a commit and a release, until it is changed or taken back', async () => {
      await t.other.assign(address(), '5');
      t.claim = await t.store.claim(address(), 'one');
      t.claim = await save(t.store, t.claim, 's1', ['a']);
      expect(await t.views()).toMatchObject([{ adopter: '5' }]);
      await t.store.release(t.claim);
      expect(await t.views()).toMatchObject([{ adopter: '5' }]);
      await t.other.assign(address(), '6');
      expect(await t.views()).toMatchObject([{ adopter: '6' }]);
      await t.other.assign(address(), undefined);
      await t.other.assign(address(), undefined);
      expect(await t.views()).toMatchObject([{ adopter: undefined }]);
    });

    it('makes no partition, and does not outlive one', async () => {
      await t.other.assign(address({ partition: 'nowhere' }), '5');
      expect(await t.views()).toHaveLength(1);
      await t.other.assign(address(), '5');
      await t.store.release(t.claim);
      expect(await t.views()).toEqual([]);
      await t.store.claim(address(), 'one');
      expect(await t.views()).toMatchObject([{ adopter: undefined }]);
      expect(await t.under.temporaries()).toEqual([]);
    });
  });
}
