import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StoreError, StoreErrorCode } from '../../src/core/mqueue/store-error.ts';
import type { PartitionAddress, PartitionClaim, PartitionView, QueueStore } from '../../src/ports/queue-store.ts';
import { address, bytes, everything, items, journal, save, text, texts } from './store-content.ts';

/** An empty store of its own for one test. */
export interface StoreUnderTest {
  /** Opened. */
  readonly store: QueueStore;
  /** A second way to the same data, opened, as another process has it. */
  connect(): Promise<QueueStore>;
  /** What lies in the store, belongs to no partition's content and does not go by itself: names of files or keys. */
  temporaries(): Promise<string[]>;
  /** Closes all stores that were given out and removes the data. */
  destroy(): Promise<void>;
}

const signal = new AbortController().signal;

/** What every store of queues does. Call it inside a `describe.skipIf` where the machine may lack what the store needs. */
export function queueStoreContract(name: string, makeStore: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the contract of a queue store`, () => {
    let under: StoreUnderTest;
    let store: QueueStore;
    let other: QueueStore;
    let claim: PartitionClaim;

    beforeEach(async () => {
      under = await makeStore();
      store = under.store;
      other = await under.connect();
      claim = await store.claim(address(), 'one');
    });

    afterEach(() => under.destroy());

    const refused = async (code: StoreErrorCode, call: Promise<unknown>) => {
      const error = await call.then(
        () => undefined,
        (reason: unknown) => reason as StoreError,
      );
      expect(error, `${code} was expected`).toMatchObject({ name: 'StoreError', code });
    };
    const views = async (cluster = claim.address.cluster): Promise<PartitionView[]> =>
      (await other.list(cluster)).sort((one, two) => (key(one.address) < key(two.address) ? -1 : 1));

    describe('claim', () => {
      it('makes an empty partition where there is none', () => {
        expect(claim).toEqual({
          address: address(),
          owner: 'one',
          epoch: expect.any(Number),
          generation: 0,
          count: 0,
          cursor: 0,
          journalStart: 0,
          journalEnd: 0,
          saveId: undefined,
        });
        expect(claim.epoch).toBeGreaterThanOrEqual(1);
      });

      it('raises the epoch by one, for the same owner too', async () => {
        expect((await other.claim(address(), 'two')).epoch).toBe(claim.epoch + 1);
        expect((await other.claim(address(), 'two')).epoch).toBe(claim.epoch + 2);
      });

      it('gives different epochs to those who claim at the same time, and the last one alone has it', async () => {
        const stores = [store, other, await under.connect(), await under.connect()];
        const claims = await Promise.all(stores.map((each, index) => each.claim(address(), `racer ${index}`)));
        expect(new Set(claims.map(({ epoch }) => epoch)).size).toBe(4);
        const last = Math.max(...claims.map(({ epoch }) => epoch));
        for (const [index, each] of claims.entries()) {
          const append = stores[index]!.append(each, each.journalEnd, [bytes('x')]);
          if (each.epoch === last) expect((await append).journalEnd).toBe(1);
          else await refused('STORE_FENCED', append);
        }
      });

      it('shows what is there: generation, cursor, journal and the save that made it', async () => {
        claim = await save(store, claim, 's1', ['a', 'b', 'c']);
        claim = await store.moveCursor(claim, 1);
        claim = await store.append(claim, 0, [bytes('j0'), bytes('j1')]);
        const next = await other.claim(address(), 'two');
        expect(next).toEqual({ ...claim, owner: 'two', epoch: claim.epoch + 1 });
        expect(next).toMatchObject({ count: 3, cursor: 1, journalStart: 0, journalEnd: 2, saveId: 's1' });
        expect(await everything(other, next)).toEqual(['b', 'c', 'j0', 'j1']);
      });
    });

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
        await store.stage(claim, 's1', 0, records);
        claim = await store.commit(claim, { saveId: 's1', count: 3, mode: 'replace', journalEnd: 0 });
        await store.append(claim, 0, records);
        const next = await other.claim(address(), 'two');
        expect(same(await other.read(next, 0, 10), records)).toBe(true);
        expect(same(await other.readJournal(next, 0, 10), records)).toBe(true);
      });

      it('belong to whom they were given: what a reader does to them touches neither the store nor its neighbours', async () => {
        claim = await save(store, claim, 's1', ['first', 'second']);
        const [first, second] = await store.read(claim, 0, 2);
        first!.fill(0);
        expect(text(second!)).toBe('second');
        expect(texts(await store.read(claim, 0, 2))).toEqual(['first', 'second']);
      });
    });

    describe('read', () => {
      it('gives pages of at most the limit, in order, from any position', async () => {
        const all = items(2500);
        claim = await save(store, claim, 's1', all);
        expect(claim).toMatchObject({ count: 2500, cursor: 0 });
        for (const from of [0, 1000, 2000, 7, 2499]) {
          expect(texts(await store.read(claim, from, 1000))).toEqual(all.slice(from, from + 1000));
        }
        expect(await store.read(claim, 2500, 1000)).toEqual([]);
        expect(await store.read(claim, 0, 0)).toEqual([]);
      });

      it('gives consumed items too, from before the cursor', async () => {
        claim = await save(store, claim, 's1', ['a', 'b', 'c']);
        claim = await store.moveCursor(claim, 2);
        expect(texts(await store.read(claim, 0, 10))).toEqual(['a', 'b', 'c']);
      });

      it('gives nothing of an empty partition', async () => {
        expect(await store.read(claim, 0, 10)).toEqual([]);
        expect(await store.readJournal(claim, 0, 10)).toEqual([]);
      });
    });

    describe('cursor', () => {
      beforeEach(async () => {
        claim = await save(store, claim, 's1', ['a', 'b', 'c', 'd']);
      });

      it('moves forward only', async () => {
        claim = await store.moveCursor(claim, 3);
        expect(claim.cursor).toBe(3);
        claim = await store.moveCursor(claim, 1);
        expect(claim.cursor).toBe(3);
        claim = await store.moveCursor(claim, 3);
        expect(claim.cursor).toBe(3);
        claim = await store.moveCursor(claim, 4);
        const next = await other.claim(address(), 'two');
        expect(next).toMatchObject({ cursor: 4, count: 4 });
        expect(await everything(other, next)).toEqual([]);
      });

      it('of an older generation does not touch the next one', async () => {
        const older = claim;
        await save(store, claim, 's2', ['e', 'f']);
        await store.moveCursor(older, 1).catch(() => {});
        const next = await other.claim(address(), 'two');
        expect(await everything(other, next)).toEqual(['e', 'f']);
      });
    });

    describe('journal', () => {
      it('keeps order over many appends and pages', async () => {
        const all = items(2300);
        for (let from = 0; from < all.length; from += 230) {
          claim = await store.append(claim, from, all.slice(from, from + 230).map(bytes));
          expect(claim).toMatchObject({ journalStart: 0, journalEnd: from + 230 });
        }
        claim = await other.claim(address(), 'two');
        expect(await journal(other, claim, 1000)).toEqual(all);
        expect(texts(await other.readJournal(claim, 1999, 2))).toEqual(all.slice(1999, 2001));
      });

      it('does not put again what is there, be it all or a part', async () => {
        const before = claim;
        claim = await store.append(before, 0, ['a', 'b'].map(bytes));
        expect((await store.append(before, 0, ['a', 'b'].map(bytes))).journalEnd).toBe(2);
        claim = await store.append(before, 1, ['b', 'c', 'd'].map(bytes));
        expect(claim.journalEnd).toBe(4);
        expect(await journal(store, claim)).toEqual(['a', 'b', 'c', 'd']);
      });

      it('takes an append of nothing', async () => {
        claim = await store.append(claim, 0, [bytes('a')]);
        expect((await store.append(claim, 1, [])).journalEnd).toBe(1);
      });

      it('refuses a gap', async () => {
        claim = await store.append(claim, 0, [bytes('a')]);
        await refused('STORE_GAP', store.append(claim, 2, [bytes('c')]));
        claim = await store.append(claim, 1, [bytes('b')]);
        expect(await journal(store, claim)).toEqual(['a', 'b']);
      });

      it('goes on at its positions after a claim', async () => {
        await store.append(claim, 0, ['a', 'b'].map(bytes));
        let next = await other.claim(address(), 'two');
        next = await other.append(next, 2, [bytes('c')]);
        next = await other.claim(address(), 'two');
        next = await other.append(next, 2, ['c', 'd'].map(bytes));
        expect(await journal(other, next)).toEqual(['a', 'b', 'c', 'd']);
      });
    });

    describe('stage', () => {
      it('does not put again what is there, be it all or a part', async () => {
        await store.stage(claim, 's1', 0, ['a', 'b'].map(bytes));
        await store.stage(claim, 's1', 0, ['a', 'b'].map(bytes));
        await store.stage(claim, 's1', 1, ['b', 'c'].map(bytes));
        await store.stage(claim, 's1', 3, []);
        claim = await store.commit(claim, { saveId: 's1', count: 3, mode: 'replace', journalEnd: 0 });
        expect(await everything(store, claim)).toEqual(['a', 'b', 'c']);
      });

      it('refuses a gap', async () => {
        await refused('STORE_GAP', store.stage(claim, 's1', 1, [bytes('b')]));
        await store.stage(claim, 's1', 0, [bytes('a')]);
        await refused('STORE_GAP', store.stage(claim, 's1', 2, [bytes('c')]));
        claim = await store.commit(claim, { saveId: 's1', count: 1, mode: 'replace', journalEnd: 0 });
        expect(await everything(store, claim)).toEqual(['a']);
      });

      it('alone shows nowhere', async () => {
        claim = await save(store, claim, 's1', ['a']);
        await store.stage(claim, 's2', 0, [bytes('b')]);
        expect(await everything(store, claim)).toEqual(['a']);
        expect(await everything(other, await other.claim(address(), 'two'))).toEqual(['a']);
      });

      it('of an old owner never shows, not even under the same save id', async () => {
        await store.stage(claim, 's1', 0, ['old 0', 'old 1'].map(bytes));
        let next = await other.claim(address(), 'two');
        await refused('STORE_GAP', other.stage(next, 's1', 2, [bytes('new 2')]));
        await other.stage(next, 's1', 0, [bytes('new 0')]);
        next = await other.commit(next, { saveId: 's1', count: 1, mode: 'replace', journalEnd: 0 });
        expect(await everything(other, next)).toEqual(['new 0']);
      });

      it('of another save that was given up does not mix in', async () => {
        await store.stage(claim, 's1', 0, ['a', 'b'].map(bytes));
        claim = await save(store, claim, 's2', ['c']);
        expect(await everything(store, claim)).toEqual(['c']);
      });
    });

    describe('commit', () => {
      it('replaces the generation', async () => {
        claim = await save(store, claim, 's1', ['a', 'b']);
        claim = await store.moveCursor(claim, 1);
        const { generation } = claim;
        claim = await save(store, claim, 's2', ['c']);
        expect(claim).toMatchObject({ count: 1, cursor: 0, saveId: 's2' });
        expect(claim.generation).toBeGreaterThan(generation);
        expect(await everything(other, await other.claim(address(), 'two'))).toEqual(['c']);
      });

      it('appends behind what is left', async () => {
        claim = await save(store, claim, 's1', ['a', 'b', 'c'], 'append');
        claim = await store.moveCursor(claim, 2);
        const { generation } = claim;
        claim = await save(store, claim, 's2', ['d', 'e'], 'append');
        expect(claim.count - claim.cursor).toBe(3);
        expect(claim.generation).toBeGreaterThan(generation);
        expect(await everything(store, claim)).toEqual(['c', 'd', 'e']);
        claim = await store.moveCursor(claim, claim.cursor + 1);
        expect(await everything(other, await other.claim(address(), 'two'))).toEqual(['d', 'e']);
      });

      it('appends again and again, over many claims', async () => {
        const all = items(60);
        for (const [index, each] of all.entries()) {
          claim = await store.claim(address(), `owner ${index}`);
          claim = await save(store, claim, `s${index}`, [each], 'append');
        }
        claim = await other.claim(address(), 'two');
        expect(await everything(other, claim)).toEqual(all);
      });

      it('of an empty queue needs no stage', async () => {
        claim = await save(store, claim, 's1', ['a', 'b']);
        claim = await store.commit(claim, { saveId: 's2', count: 0, mode: 'replace', journalEnd: 0 });
        expect(claim).toMatchObject({ count: 0, cursor: 0, saveId: 's2' });
        claim = await store.commit(claim, { saveId: 's3', count: 0, mode: 'append', journalEnd: 0 });
        expect(await everything(other, await other.claim(address(), 'two'))).toEqual([]);
      });

      it.each(['replace', 'append'] as const)('%s again with the same save id changes nothing', async (mode) => {
        claim = await save(store, claim, 's1', ['a']);
        const before = claim;
        await store.stage(before, 's2', 0, [bytes('b')]);
        const request = { saveId: 's2', count: 1, mode, journalEnd: 0 };
        const first = await store.commit(before, request);
        // The reply was lost: all that is known is the claim from before.
        expect(await store.commit(before, request)).toEqual(first);
        await store.stage(before, 's2', 0, [bytes('b')]);
        expect(await store.commit(before, request)).toEqual(first);
        const wanted = mode === 'append' ? ['a', 'b'] : ['b'];
        expect(await everything(store, first)).toEqual(wanted);
        // Nor after a claim, as for who finds out whether a save has arrived.
        const next = await other.claim(address(), 'two');
        expect(await other.commit(next, request)).toEqual(next);
        expect(await everything(other, next)).toEqual(wanted);
      });

      it('is known as done to who lost its reply, even when somebody has claimed the partition since', async () => {
        await store.stage(claim, 's1', 0, [bytes('a')]);
        const request = { saveId: 's1', count: 1, mode: 'replace', journalEnd: 0 } as const;
        await store.commit(claim, request);
        const next = await other.claim(address(), 'two');
        await store.commit(claim, request);
        expect(await everything(other, next)).toEqual(['a']);
        await other.keepAlive(next);
      });

      it.each([0, 1, 3])(
        'refuses another count (%i) than the two that are staged, and changes nothing',
        async (count) => {
          claim = await save(store, claim, 's1', ['old']);
          await store.stage(claim, 's2', 0, ['a', 'b'].map(bytes));
          await refused('STORE_GAP', store.commit(claim, { saveId: 's2', count, mode: 'replace', journalEnd: 0 }));
          expect(await everything(store, claim)).toEqual(['old']);
          claim = await store.commit(claim, { saveId: 's2', count: 2, mode: 'replace', journalEnd: 0 });
          expect(await everything(store, claim)).toEqual(['a', 'b']);
        },
      );

      it('refuses a count when nothing is staged', async () => {
        await refused('STORE_GAP', store.commit(claim, { saveId: 's1', count: 1, mode: 'replace', journalEnd: 0 }));
      });

      it('drops the journal up to journalEnd and keeps what came after', async () => {
        claim = await store.append(claim, 0, ['a', 'b'].map(bytes));
        await store.stage(claim, 's1', 0, ['A', 'B'].map(bytes));
        claim = await store.append(claim, 2, ['c', 'd'].map(bytes));
        claim = await store.commit(claim, { saveId: 's1', count: 2, mode: 'replace', journalEnd: 2 });
        expect(claim).toMatchObject({ count: 2, journalStart: 2, journalEnd: 4 });
        expect(await everything(store, claim)).toEqual(['A', 'B', 'c', 'd']);
        claim = await store.append(claim, 4, [bytes('e')]);

        claim = await other.claim(address(), 'two');
        expect(claim).toMatchObject({ journalStart: 2, journalEnd: 5 });
        expect(await everything(other, claim)).toEqual(['A', 'B', 'c', 'd', 'e']);
        expect(texts(await other.readJournal(claim, 3, 1))).toEqual(['d']);
        claim = await other.commit(claim, { saveId: 's2', count: 0, mode: 'replace', journalEnd: 5 });
        expect(claim).toMatchObject({ count: 0, journalStart: 5, journalEnd: 5 });
        claim = await other.append(claim, 5, [bytes('f')]);
        expect(await everything(other, claim)).toEqual(['f']);
      });
    });

    describe('fencing', () => {
      const request = { saveId: 's2', count: 1, mode: 'replace', journalEnd: 0 } as const;
      const calls: Record<string, (old: PartitionClaim) => Promise<unknown>> = {
        moveCursor: (old) => store.moveCursor(old, 2),
        append: (old) => store.append(old, 1, [bytes('late')]),
        stage: (old) => store.stage(old, 's3', 0, [bytes('late')]),
        commit: (old) => store.commit(old, request),
        'commit of an empty queue': (old) => store.commit(old, { ...request, saveId: 's3', count: 0 }),
        keepAlive: (old) => store.keepAlive(old),
        release: (old) => store.release(old),
      };

      it.each(Object.keys(calls))(
        '%s of an owner whose partition was claimed fails and changes nothing',
        async (call) => {
          claim = await save(store, claim, 's1', ['a', 'b', 'c']);
          claim = await store.append(claim, 0, [bytes('j')]);
          await store.stage(claim, 's2', 0, [bytes('late')]);
          let next = await other.claim(address(), 'two');
          await refused('STORE_FENCED', calls[call]!(claim));
          expect(await views()).toMatchObject([{ owner: 'two', epoch: next.epoch, items: 3, journal: 1 }]);
          next = await other.append(next, 1, [bytes('k')]);
          expect(await everything(other, await other.claim(address(), 'three'))).toEqual(['a', 'b', 'c', 'j', 'k']);
        },
      );

      it('holds for a claim from before the same owner claimed again', async () => {
        const next = await store.claim(address(), 'one');
        await refused('STORE_FENCED', store.append(claim, 0, [bytes('late')]));
        expect((await store.append(next, 0, [bytes('a')])).journalEnd).toBe(1);
      });

      it('holds after a release, and when the partition is gone', async () => {
        claim = await store.append(claim, 0, [bytes('a')]);
        await store.release(claim);
        await refused('STORE_FENCED', store.append(claim, 1, [bytes('late')]));
        const empty = await store.claim(address({ partition: 'empty' }), 'one');
        await store.release(empty);
        await refused('STORE_FENCED', store.append(empty, 0, [bytes('late')]));
        const request = { saveId: 's1', count: 0, mode: 'replace', journalEnd: 0 } as const;
        await refused('STORE_FENCED', store.commit(empty, request));
        const [view, ...more] = await views();
        expect(view).toMatchObject({ owner: undefined, journal: 1 });
        expect(more).toEqual([]);
      });

      it('holds for the owner of a partition that was removed and made anew', async () => {
        await store.release(claim);
        const anew = await other.claim(address(), 'two');
        await refused('STORE_FENCED', store.append(claim, 0, [bytes('late')]));
        await refused('STORE_FENCED', store.release(claim));
        expect((await other.append(anew, 0, [bytes('a')])).journalEnd).toBe(1);
      });
    });

    describe('release', () => {
      it('removes an empty partition, also when it is said again', async () => {
        await store.release(claim);
        expect(await views()).toEqual([]);
        await store.release(claim);
        expect(await under.temporaries()).toEqual([]);
      });

      it('removes a partition whose items are all consumed', async () => {
        claim = await save(store, claim, 's1', ['a', 'b']);
        claim = await store.moveCursor(claim, 2);
        await store.release(claim);
        expect(await views()).toEqual([]);
        expect(await other.claim(address(), 'two')).toMatchObject({ count: 0, cursor: 0 });
      });

      it('keeps one with items or with a journal for the next owner', async () => {
        claim = await save(store, claim, 's1', ['a', 'b']);
        claim = await store.moveCursor(claim, 1);
        await store.release(claim);
        await store.release(claim);
        const journaled = await store.claim(address({ partition: '7' }), 'one');
        await store.append(journaled, 0, [bytes('j')]);
        await store.release(journaled);
        expect(await views()).toMatchObject([
          { address: address(), owner: undefined, epoch: claim.epoch, items: 1, journal: 0 },
          { address: address({ partition: '7' }), owner: undefined, items: 0, journal: 1 },
        ]);
        const next = await other.claim(address(), 'two');
        expect(next).toMatchObject({ epoch: claim.epoch + 1, saveId: 's1' });
        expect(await everything(other, next)).toEqual(['b']);
      });
    });

    describe('list', () => {
      it('shows the partitions of a cluster and of no other', async () => {
        claim = await save(store, claim, 's1', ['a', 'b', 'c']);
        claim = await store.moveCursor(claim, 1);
        claim = await store.append(claim, 0, ['j', 'k'].map(bytes));
        await store.claim(address({ cluster: 'elsewhere' }), 'one');
        await other.claim(address({ queue: 'second' }), 'two');
        const view = { epoch: claim.epoch, quietMs: expect.any(Number), adopter: undefined };
        expect(await views()).toEqual([
          { ...view, address: address(), owner: 'one', items: 2, journal: 2 },
          { ...view, address: address({ queue: 'second' }), owner: 'two', items: 0, journal: 0 },
        ]);
        expect(await store.list('elsewhere')).toHaveLength(1);
        expect(await store.list('nobody')).toEqual([]);
      });

      it('counts only what came after the committed generation as journal', async () => {
        claim = await store.append(claim, 0, ['a', 'b', 'c'].map(bytes));
        await store.stage(claim, 's1', 0, [bytes('A')]);
        await store.commit(claim, { saveId: 's1', count: 1, mode: 'replace', journalEnd: 2 });
        expect(await views()).toMatchObject([{ items: 1, journal: 1 }]);
      });

      it('shows how long an owner has been quiet; keepAlive and a claim are signs of life', async () => {
        const quietMs = async () => (await views())[0]!.quietMs;
        const signs: (() => Promise<unknown>)[] = [
          () => store.keepAlive(claim),
          async () => {
            claim = await store.claim(address(), 'one');
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
        claim = await save(store, claim, 's1', items(7));
        claim = await store.moveCursor(claim, 2);
        claim = await store.append(claim, 0, ['j0', 'j1', 'j2'].map(bytes));
      });

      it('show the content as a claim would, in pages, and disturb nobody', async () => {
        const { owner: _, ...expected } = claim;
        const snapshot = (await other.inspect(address()))!;
        expect(snapshot).toEqual(expected);
        const pages = [await other.peek(snapshot, 'items', 2, 3), await other.peek(snapshot, 'items', 5, 3)];
        expect(pages.map(texts)).toEqual([items(7).slice(2, 5), items(7).slice(5)]);
        expect(texts(await other.peek(snapshot, 'items', 0, 1))).toEqual(items(1));
        expect(texts(await other.peek(snapshot, 'journal', 0, 2))).toEqual(['j0', 'j1']);
        expect(texts(await other.peek(snapshot, 'journal', 2, 2))).toEqual(['j2']);
        expect(await views()).toMatchObject([{ owner: 'one', epoch: claim.epoch }]);
        claim = await store.append(claim, 3, [bytes('j3')]);
        expect(await everything(store, claim)).toEqual([...items(7).slice(2), 'j0', 'j1', 'j2', 'j3']);
      });

      it('give what the snapshot names while the owner consumes and appends', async () => {
        const snapshot = (await other.inspect(address()))!;
        claim = await store.moveCursor(claim, 6);
        await store.append(claim, 3, [bytes('later')]);
        expect(texts(await other.peek(snapshot, 'items', 2, 100))).toEqual(items(7).slice(2));
        expect(texts(await other.peek(snapshot, 'journal', 0, 100))).toEqual(['j0', 'j1', 'j2']);
        expect(await other.inspect(address())).toMatchObject({ cursor: 6, journalEnd: 4 });
      });

      const changes: Record<string, () => Promise<unknown>> = {
        'a commit': () => save(store, claim, 's2', items(9), 'replace', 3),
        'a claim': () => store.claim(address(), 'three'),
        'another life of it': async () => {
          claim = await save(store, claim, 's2', [], 'replace', 3);
          await store.release(claim);
          claim = await store.claim(address(), 'three');
          await save(store, claim, 's3', items(7));
        },
      };
      it.each(Object.keys(changes))('after %s it is said that the snapshot is over', async (change) => {
        const snapshot = (await other.inspect(address()))!;
        await other.peek(snapshot, 'items', 2, 1);
        await changes[change]!();
        await refused('STORE_GAP', other.peek(snapshot, 'items', 3, 1));
        await refused('STORE_GAP', other.peek(snapshot, 'journal', 0, 1));
        const next = (await other.inspect(address()))!;
        expect(texts(await other.peek(next, 'items', 6, 1))).toEqual([items(7)[6]]);
      });

      it('need no owner, and give the journal that a commit has left', async () => {
        await store.stage(claim, 's2', 0, [bytes('A')]);
        claim = await store.commit(claim, { saveId: 's2', count: 1, mode: 'replace', journalEnd: 2 });
        await store.release(claim);
        const snapshot = (await other.inspect(address()))!;
        expect(snapshot).toMatchObject({ count: 1, cursor: 0, journalStart: 2, journalEnd: 3 });
        expect(texts(await other.peek(snapshot, 'items', 0, 9))).toEqual(['A']);
        expect(texts(await other.peek(snapshot, 'journal', 2, 9))).toEqual(['j2']);
      });

      it('make nothing: where there is no partition there is nothing to see', async () => {
        expect(await other.inspect(address({ partition: 'nowhere' }))).toBeUndefined();
        claim = await save(store, claim, 's2', [], 'replace', 3);
        await store.release(claim);
        expect(await other.inspect(address())).toBeUndefined();
        expect(await views()).toEqual([]);
        expect(await under.temporaries()).toEqual([]);
      });

      it('go through a long list page by page', async () => {
        claim = await save(store, claim, 's2', items(5000), 'replace', 3);
        const snapshot = (await other.inspect(address()))!;
        const found: string[] = [];
        while (found.length < 5000) found.push(...texts(await other.peek(snapshot, 'items', found.length, 700)));
        expect(found).toEqual(items(5000));
      });
    });

    describe('assign', () => {
      it('shows the adopter, fences nobody and touches no content', async () => {
        claim = await save(store, claim, 's1', ['a']);
        await other.assign(address(), '5');
        expect(await views()).toMatchObject([{ owner: 'one', epoch: claim.epoch, adopter: '5', items: 1 }]);
        claim = await store.append(claim, 0, [bytes('j')]);
        expect(await everything(store, claim)).toEqual(['a', 'j']);
      });

      it('lasts through a claim, a commit and a release, until it is changed or taken back', async () => {
        await other.assign(address(), '5');
        claim = await store.claim(address(), 'one');
        claim = await save(store, claim, 's1', ['a']);
        expect(await views()).toMatchObject([{ adopter: '5' }]);
        await store.release(claim);
        expect(await views()).toMatchObject([{ adopter: '5' }]);
        await other.assign(address(), '6');
        expect(await views()).toMatchObject([{ adopter: '6' }]);
        await other.assign(address(), undefined);
        await other.assign(address(), undefined);
        expect(await views()).toMatchObject([{ adopter: undefined }]);
      });

      it('makes no partition, and does not outlive one', async () => {
        await other.assign(address({ partition: 'nowhere' }), '5');
        expect(await views()).toHaveLength(1);
        await other.assign(address(), '5');
        await store.release(claim);
        expect(await views()).toEqual([]);
        await store.claim(address(), 'one');
        expect(await views()).toMatchObject([{ adopter: undefined }]);
        expect(await under.temporaries()).toEqual([]);
      });
    });

    describe('names', () => {
      it('that differ in one part only do not touch each other', async () => {
        const addresses = [
          address(),
          address({ partition: '1' }),
          address({ partition: '10' }),
          address({ queue: 'calls2' }),
          address({ queue: 'Calls' }),
          address({ cluster: 'other' }),
        ];
        for (const each of addresses) {
          let own = await store.claim(each, 'one');
          own = await save(store, own, 's1', [`item of ${key(each)}`]);
          await store.append(own, 0, [bytes(`journal of ${key(each)}`)]);
        }
        for (const each of addresses) {
          const next = await other.claim(each, 'two');
          expect(await everything(other, next)).toEqual([`item of ${key(each)}`, `journal of ${key(each)}`]);
          await other.commit(next, { saveId: 's2', count: 0, mode: 'replace', journalEnd: 1 });
        }
      });

      const long = 'ü'.repeat(62);
      it.each<Partial<PartitionAddress>>([
        { queue: 'Anrufe für später' },
        { queue: ' ' },
        { queue: '..', partition: '.' },
        { queue: 'a%2fb', partition: '%' },
        { queue: 'back\\slash', partition: 'kdmq-0.fenced.3f2a' },
        { queue: '队列 👋', partition: 'ноль' },
        { queue: `${long}1`, partition: `${long}2`, cluster: 'a.b-c' },
        { queue: '*?[a-z]"\'$(x)', partition: '~' },
        { queue: '__proto__', partition: 'constructor' },
      ])('may be odd: %o', async (parts) => {
        await store.release(claim);
        let own = await store.claim(address(parts), 'ownér {1}');
        own = await save(store, own, 'säve: 1', ['a']);
        own = await store.append(own, 0, [bytes('j')]);
        await other.assign(address(parts), parts.partition ?? 'n');
        expect(await views(own.address.cluster)).toMatchObject([
          { address: address(parts), owner: 'ownér {1}', adopter: parts.partition ?? 'n' },
        ]);
        const next = await other.claim(address(parts), 'two');
        expect(next.address).toEqual(address(parts));
        expect(next.saveId).toBe('säve: 1');
        expect(await everything(other, next)).toEqual(['a', 'j']);
      });
    });

    describe('leaves nothing behind', () => {
      it('after saves that were given up, by the same owner or by one that is gone', async () => {
        claim = await save(store, claim, 's1', ['a']);
        await store.stage(claim, 's2', 0, [bytes('b')]);
        await store.stage(claim, 's3', 0, [bytes('c')]);
        claim = await other.claim(address(), 'two');
        await other.stage(claim, 's4', 0, [bytes('d')]);
        await refused('STORE_GAP', other.commit(claim, { saveId: 's4', count: 2, mode: 'replace', journalEnd: 0 }));
        claim = await save(other, claim, 's5', ['e']);
        await other.release(claim);
        expect(await under.temporaries()).toEqual([]);
      });

      it('after commits that were done', async () => {
        for (let round = 0; round < 5; round++) {
          claim = await store.append(claim, round, [bytes('j')]);
          claim = await save(store, claim, `s${round}`, ['a', 'b'], 'replace', round + 1);
        }
        await store.stage(claim, 's4', 0, [bytes('late')]);
        expect(await under.temporaries()).toEqual([]);
      });
    });

    describe('open and close', () => {
      it('open may be called again, and says what is worth a word', async () => {
        const report = await store.open(signal);
        expect(Array.isArray(report.notes)).toBe(true);
        expect(store.name).toMatch(/^[a-z+]+:/);
      });

      it('a closed store does nothing any more, and closing again is fine', async () => {
        claim = await store.append(claim, 0, [bytes('a')]);
        await Promise.all([store.close(), store.close()]);
        await store.close();
        const calls: (() => Promise<unknown>)[] = [
          () => store.open(signal),
          () => store.claim(address(), 'one'),
          () => store.read(claim, 0, 1),
          () => store.readJournal(claim, 0, 1),
          () => store.moveCursor(claim, 1),
          () => store.append(claim, 1, [bytes('b')]),
          () => store.stage(claim, 's1', 0, [bytes('b')]),
          () => store.commit(claim, { saveId: 's1', count: 0, mode: 'replace', journalEnd: 1 }),
          () => store.keepAlive(claim),
          () => store.release(claim),
          () => store.list(claim.address.cluster),
          () => store.inspect(address()),
          () => store.peek(claim, 'items', 0, 1),
          () => store.assign(address(), '5'),
        ];
        for (const call of calls) await refused('STORE_UNAVAILABLE', call());
        expect(await everything(other, await other.claim(address(), 'two'))).toEqual(['a']);
      });

      it('what was acknowledged outlives the store that took it', async () => {
        claim = await save(store, claim, 's1', ['a', 'b']);
        claim = await store.moveCursor(claim, 1);
        await store.append(claim, 0, [bytes('j')]);
        await store.close();
        await other.close();
        const later = await under.connect();
        expect(await everything(later, await later.claim(address(), 'three'))).toEqual(['b', 'j']);
      });
    });
  });
}

function key({ cluster, queue, partition }: PartitionAddress): string {
  return `${cluster} ${queue} ${partition}`;
}

/** A comparison of vitest costs seconds for a megabyte. */
function same(records: readonly Uint8Array[], wanted: readonly Uint8Array[]): boolean {
  expect(records.map(({ length }) => length)).toEqual(wanted.map(({ length }) => length));
  return records.every((record, index) => Buffer.compare(record, wanted[index]!) === 0);
}
