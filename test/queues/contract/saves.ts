import { describe, expect, it } from 'vitest';
import { address, bytes, everything, items, save, texts } from '../store-content.ts';
import type { ContractWorld } from './contract-world.ts';

/** How a save is staged and becomes the committed generation. */
export function saveContract(t: ContractWorld): void {
  describe('stage', () => {
    it('does not put again what is there, be it all or a part', async () => {
      await t.store.stage(t.claim, 's1', 0, ['a', 'b'].map(bytes));
      await t.store.stage(t.claim, 's1', 0, ['a', 'b'].map(bytes));
      await t.store.stage(t.claim, 's1', 1, ['b', 'c'].map(bytes));
      await t.store.stage(t.claim, 's1', 3, []);
      t.claim = await t.store.commit(t.claim, { saveId: 's1', count: 3, mode: 'replace', journalEnd: 0 });
      expect(await everything(t.store, t.claim)).toEqual(['a', 'b', 'c']);
    });

    it('refuses a gap', async () => {
      await t.refused('STORE_GAP', t.store.stage(t.claim, 's1', 1, [bytes('b')]));
      await t.store.stage(t.claim, 's1', 0, [bytes('a')]);
      await t.refused('STORE_GAP', t.store.stage(t.claim, 's1', 2, [bytes('c')]));
      t.claim = await t.store.commit(t.claim, { saveId: 's1', count: 1, mode: 'replace', journalEnd: 0 });
      expect(await everything(t.store, t.claim)).toEqual(['a']);
    });

    it('alone shows nowhere', async () => {
      t.claim = await save(t.store, t.claim, 's1', ['a']);
      await t.store.stage(t.claim, 's2', 0, [bytes('b')]);
      expect(await everything(t.store, t.claim)).toEqual(['a']);
      expect(await everything(t.other, await t.other.claim(address(), 'two'))).toEqual(['a']);
    });

    it('of an old owner never shows, not even under the same save id', async () => {
      await t.store.stage(t.claim, 's1', 0, ['old 0', 'old 1'].map(bytes));
      let next = await t.other.claim(address(), 'two');
      await t.refused('STORE_GAP', t.other.stage(next, 's1', 2, [bytes('new 2')]));
      await t.other.stage(next, 's1', 0, [bytes('new 0')]);
      next = await t.other.commit(next, { saveId: 's1', count: 1, mode: 'replace', journalEnd: 0 });
      expect(await everything(t.other, next)).toEqual(['new 0']);
    });

    it('of another save that was given up does not mix in', async () => {
      await t.store.stage(t.claim, 's1', 0, ['a', 'b'].map(bytes));
      t.claim = await save(t.store, t.claim, 's2', ['c']);
      expect(await everything(t.store, t.claim)).toEqual(['c']);
    });
  });

  describe('commit', () => {
    it('replaces the generation', async () => {
      t.claim = await save(t.store, t.claim, 's1', ['a', 'b']);
      t.claim = await t.store.moveCursor(t.claim, 1);
      const { generation } = t.claim;
      t.claim = await save(t.store, t.claim, 's2', ['c']);
      expect(t.claim).toMatchObject({ count: 1, cursor: 0, saveId: 's2' });
      expect(t.claim.generation).toBeGreaterThan(generation);
      expect(await everything(t.other, await t.other.claim(address(), 'two'))).toEqual(['c']);
    });

    it('appends behind what is left', async () => {
      t.claim = await save(t.store, t.claim, 's1', ['a', 'b', 'c'], 'append');
      t.claim = await t.store.moveCursor(t.claim, 2);
      const { generation } = t.claim;
      t.claim = await save(t.store, t.claim, 's2', ['d', 'e'], 'append');
      expect(t.claim.count - t.claim.cursor).toBe(3);
      expect(t.claim.generation).toBeGreaterThan(generation);
      expect(await everything(t.store, t.claim)).toEqual(['c', 'd', 'e']);
      t.claim = await t.store.moveCursor(t.claim, t.claim.cursor + 1);
      expect(await everything(t.other, await t.other.claim(address(), 'two'))).toEqual(['d', 'e']);
    });

    it('appends again and again, over many claims', async () => {
      const all = items(60);
      for (const [index, each] of all.entries()) {
        t.claim = await t.store.claim(address(), `owner ${index}`);
        t.claim = await save(t.store, t.claim, `s${index}`, [each], 'append');
      }
      t.claim = await t.other.claim(address(), 'two');
      expect(await everything(t.other, t.claim)).toEqual(all);
    });

    it('of an empty queue needs no stage', async () => {
      t.claim = await save(t.store, t.claim, 's1', ['a', 'b']);
      t.claim = await t.store.commit(t.claim, { saveId: 's2', count: 0, mode: 'replace', journalEnd: 0 });
      expect(t.claim).toMatchObject({ count: 0, cursor: 0, saveId: 's2' });
      t.claim = await t.store.commit(t.claim, { saveId: 's3', count: 0, mode: 'append', journalEnd: 0 });
      expect(await everything(t.other, await t.other.claim(address(), 'two'))).toEqual([]);
    });

    it.each(['replace', 'append'] as const)('%s again with the same save id changes nothing', async (mode) => {
      t.claim = await save(t.store, t.claim, 's1', ['a']);
      const before = t.claim;
      await t.store.stage(before, 's2', 0, [bytes('b')]);
      const request = { saveId: 's2', count: 1, mode, journalEnd: 0 };
      const first = await t.store.commit(before, request);
      // The reply was lost: all that is known is the claim from before.
      expect(await t.store.commit(before, request)).toEqual(first);
      await t.store.stage(before, 's2', 0, [bytes('b')]);
      expect(await t.store.commit(before, request)).toEqual(first);
      const wanted = mode === 'append' ? ['a', 'b'] : ['b'];
      expect(await everything(t.store, first)).toEqual(wanted);
      // Nor after a claim, as for who finds out whether a save has arrived.
      const next = await t.other.claim(address(), 'two');
      expect(await t.other.commit(next, request)).toEqual(next);
      expect(await everything(t.other, next)).toEqual(wanted);
    });

    it('is known as done to who lost its reply, even when somebody has claimed the partition since', async () => {
      await t.store.stage(t.claim, 's1', 0, [bytes('a')]);
      const request = { saveId: 's1', count: 1, mode: 'replace', journalEnd: 0 } as const;
      await t.store.commit(t.claim, request);
      const next = await t.other.claim(address(), 'two');
      await t.store.commit(t.claim, request);
      expect(await everything(t.other, next)).toEqual(['a']);
      await t.other.keepAlive(next);
    });

    it.each([0, 1, 3])(
      'refuses another count (%i) than the two that are staged, and changes nothing',
      async (count) => {
        t.claim = await save(t.store, t.claim, 's1', ['old']);
        await t.store.stage(t.claim, 's2', 0, ['a', 'b'].map(bytes));
        await t.refused('STORE_GAP', t.store.commit(t.claim, { saveId: 's2', count, mode: 'replace', journalEnd: 0 }));
        expect(await everything(t.store, t.claim)).toEqual(['old']);
        t.claim = await t.store.commit(t.claim, { saveId: 's2', count: 2, mode: 'replace', journalEnd: 0 });
        expect(await everything(t.store, t.claim)).toEqual(['a', 'b']);
      },
    );

    it('refuses a count when nothing is staged', async () => {
      await t.refused('STORE_GAP', t.store.commit(t.claim, { saveId: 's1', count: 1, mode: 'replace', journalEnd: 0 }));
    });

    it('drops the journal up to journalEnd and keeps what came after', async () => {
      t.claim = await t.store.append(t.claim, 0, ['a', 'b'].map(bytes));
      await t.store.stage(t.claim, 's1', 0, ['A', 'B'].map(bytes));
      t.claim = await t.store.append(t.claim, 2, ['c', 'd'].map(bytes));
      t.claim = await t.store.commit(t.claim, { saveId: 's1', count: 2, mode: 'replace', journalEnd: 2 });
      expect(t.claim).toMatchObject({ count: 2, journalStart: 2, journalEnd: 4 });
      expect(await everything(t.store, t.claim)).toEqual(['A', 'B', 'c', 'd']);
      t.claim = await t.store.append(t.claim, 4, [bytes('e')]);

      t.claim = await t.other.claim(address(), 'two');
      expect(t.claim).toMatchObject({ journalStart: 2, journalEnd: 5 });
      expect(await everything(t.other, t.claim)).toEqual(['A', 'B', 'c', 'd', 'e']);
      expect(texts(await t.other.readJournal(t.claim, 3, 1))).toEqual(['d']);
      t.claim = await t.other.commit(t.claim, { saveId: 's2', count: 0, mode: 'replace', journalEnd: 5 });
      expect(t.claim).toMatchObject({ count: 0, journalStart: 5, journalEnd: 5 });
      t.claim = await t.other.append(t.claim, 5, [bytes('f')]);
      expect(await everything(t.other, t.claim)).toEqual(['f']);
    });
  });

  describe('leaves nothing behind', () => {
    it('after saves that were given up, by the same owner or by one that is gone', async () => {
      t.claim = await save(t.store, t.claim, 's1', ['a']);
      await t.store.stage(t.claim, 's2', 0, [bytes('b')]);
      await t.store.stage(t.claim, 's3', 0, [bytes('c')]);
      t.claim = await t.other.claim(address(), 'two');
      await t.other.stage(t.claim, 's4', 0, [bytes('d')]);
      await t.refused('STORE_GAP', t.other.commit(t.claim, { saveId: 's4', count: 2, mode: 'replace', journalEnd: 0 }));
      t.claim = await save(t.other, t.claim, 's5', ['e']);
      await t.other.release(t.claim);
      expect(await t.under.temporaries()).toEqual([]);
    });

    it('after commits that were done', async () => {
      for (let round = 0; round < 5; round++) {
        t.claim = await t.store.append(t.claim, round, [bytes('j')]);
        t.claim = await save(t.store, t.claim, `s${round}`, ['a', 'b'], 'replace', round + 1);
      }
      await t.store.stage(t.claim, 's4', 0, [bytes('late')]);
      expect(await t.under.temporaries()).toEqual([]);
    });
  });
}
