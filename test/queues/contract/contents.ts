import { beforeEach, describe, expect, it } from 'vitest';
import { address, bytes, everything, items, journal, save, text, texts } from '../store-content.ts';
import { type ContractWorld, same } from './contract-world.ts';

/** What comes back: records, pages, the cursor and the journal. */
export function contentContract(t: ContractWorld): void {
  describe('contents', () => {
    const odd: readonly (readonly [string, Uint8Array])[] = [
      ['empty', new Uint8Array(0)],
      ['NUL', Uint8Array.of(0, 0, 97, 0)],
      ['invalid UTF-8', Uint8Array.of(0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0xf8)],
      ['line ends', bytes('\r\n\n*3\r\n$-1\r\n')],
      ['UTF-8', bytes('Grüße 👋')],
      ['every byte', Uint8Array.from({ length: 256 }, (_, index) => index)],
      ['1 MB', Uint8Array.from({ length: 1_048_576 }, (_, index) => (index * 7919) >> 3)],
    ];

    it.each(odd)('come back as the same bytes: %s', async (_, content) => {
      const records = [bytes('before'), content, bytes('after')];
      await t.store.stage(t.claim, 's1', 0, records);
      t.claim = await t.store.commit(t.claim, { saveId: 's1', count: 3, mode: 'replace', journalEnd: 0 });
      await t.store.append(t.claim, 0, records);
      const next = await t.other.claim(address(), 'two');
      expect(same(await t.other.read(next, 0, 10), records)).toBe(true);
      expect(same(await t.other.readJournal(next, 0, 10), records)).toBe(true);
    });

    it('belong to whom they were given: what a reader does to them touches neither the store nor its neighbours', async () => {
      t.claim = await save(t.store, t.claim, 's1', ['first', 'second']);
      const [first, second] = await t.store.read(t.claim, 0, 2);
      first!.fill(0);
      expect(text(second!)).toBe('second');
      expect(texts(await t.store.read(t.claim, 0, 2))).toEqual(['first', 'second']);
    });
  });

  describe('read', () => {
    it('gives pages of at most the limit, in order, from any position', async () => {
      const all = items(2500);
      t.claim = await save(t.store, t.claim, 's1', all);
      expect(t.claim).toMatchObject({ count: 2500, cursor: 0 });
      for (const from of [0, 1000, 2000, 7, 2499]) {
        expect(texts(await t.store.read(t.claim, from, 1000))).toEqual(all.slice(from, from + 1000));
      }
      expect(await t.store.read(t.claim, 2500, 1000)).toEqual([]);
      expect(await t.store.read(t.claim, 0, 0)).toEqual([]);
    });

    it('gives consumed items too, from before the cursor', async () => {
      t.claim = await save(t.store, t.claim, 's1', ['a', 'b', 'c']);
      t.claim = await t.store.moveCursor(t.claim, 2);
      expect(texts(await t.store.read(t.claim, 0, 10))).toEqual(['a', 'b', 'c']);
    });

    it('gives nothing of an empty partition', async () => {
      expect(await t.store.read(t.claim, 0, 10)).toEqual([]);
      expect(await t.store.readJournal(t.claim, 0, 10)).toEqual([]);
    });
  });

  describe('cursor', () => {
    beforeEach(async () => {
      t.claim = await save(t.store, t.claim, 's1', ['a', 'b', 'c', 'd']);
    });

    it('moves forward only', async () => {
      t.claim = await t.store.moveCursor(t.claim, 3);
      expect(t.claim.cursor).toBe(3);
      t.claim = await t.store.moveCursor(t.claim, 1);
      expect(t.claim.cursor).toBe(3);
      t.claim = await t.store.moveCursor(t.claim, 3);
      expect(t.claim.cursor).toBe(3);
      t.claim = await t.store.moveCursor(t.claim, 4);
      const next = await t.other.claim(address(), 'two');
      expect(next).toMatchObject({ cursor: 4, count: 4 });
      expect(await everything(t.other, next)).toEqual([]);
    });

    it('of an older generation does not touch the next one', async () => {
      const older = t.claim;
      await save(t.store, t.claim, 's2', ['e', 'f']);
      await t.store.moveCursor(older, 1).catch(() => {});
      const next = await t.other.claim(address(), 'two');
      expect(await everything(t.other, next)).toEqual(['e', 'f']);
    });
  });

  describe('journal', () => {
    it('keeps order over many appends and pages', async () => {
      const all = items(2300);
      for (let from = 0; from < all.length; from += 230) {
        t.claim = await t.store.append(t.claim, from, all.slice(from, from + 230).map(bytes));
        expect(t.claim).toMatchObject({ journalStart: 0, journalEnd: from + 230 });
      }
      t.claim = await t.other.claim(address(), 'two');
      expect(await journal(t.other, t.claim, 1000)).toEqual(all);
      expect(texts(await t.other.readJournal(t.claim, 1999, 2))).toEqual(all.slice(1999, 2001));
    });

    it('does not put again what is there, be it all or a part', async () => {
      const before = t.claim;
      t.claim = await t.store.append(before, 0, ['a', 'b'].map(bytes));
      expect((await t.store.append(before, 0, ['a', 'b'].map(bytes))).journalEnd).toBe(2);
      t.claim = await t.store.append(before, 1, ['b', 'c', 'd'].map(bytes));
      expect(t.claim.journalEnd).toBe(4);
      expect(await journal(t.store, t.claim)).toEqual(['a', 'b', 'c', 'd']);
    });

    it('takes an append of nothing', async () => {
      t.claim = await t.store.append(t.claim, 0, [bytes('a')]);
      expect((await t.store.append(t.claim, 1, [])).journalEnd).toBe(1);
    });

    it('refuses a gap', async () => {
      t.claim = await t.store.append(t.claim, 0, [bytes('a')]);
      await t.refused('STORE_GAP', t.store.append(t.claim, 2, [bytes('c')]));
      t.claim = await t.store.append(t.claim, 1, [bytes('b')]);
      expect(await journal(t.store, t.claim)).toEqual(['a', 'b']);
    });

    it('goes on at its positions after a claim', async () => {
      await t.store.append(t.claim, 0, ['a', 'b'].map(bytes));
      let next = await t.other.claim(address(), 'two');
      next = await t.other.append(next, 2, [bytes('c')]);
      next = await t.other.claim(address(), 'two');
      next = await t.other.append(next, 2, ['c', 'd'].map(bytes));
      expect(await journal(t.other, next)).toEqual(['a', 'b', 'c', 'd']);
    });
  });
}
