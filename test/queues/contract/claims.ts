import { describe, expect, it } from 'vitest';
import type { PartitionClaim } from '../../../src/ports/queue-store.ts';
import { address, bytes, everything, save } from '../store-content.ts';
import type { ContractWorld } from './contract-world.ts';

/** Who has a partition, who has it no more, and what is left of it. */
export function claimContract(t: ContractWorld): void {
  describe('claim', () => {
    it('makes an empty partition where there is none', () => {
      expect(t.claim).toEqual({
        address: address(),
        owner: 'one',
        epoch: expect.any(Number),
        life: expect.any(String),
        generation: 0,
        count: 0,
        cursor: 0,
        journalStart: 0,
        journalEnd: 0,
        saveId: undefined,
      });
      expect(t.claim.epoch).toBeGreaterThanOrEqual(1);
    });

    it('raises the epoch by one, for the same owner too', async () => {
      expect((await t.other.claim(address(), 'two')).epoch).toBe(t.claim.epoch + 1);
      expect((await t.other.claim(address(), 'two')).epoch).toBe(t.claim.epoch + 2);
    });

    it('stays one life, over claims and when it has been removed meanwhile', async () => {
      const next = await t.other.claim(address(), 'two');
      await t.other.release(next);
      const again = await t.store.claim(address(), 'one');
      expect([next.life, again.life]).toEqual([t.claim.life, t.claim.life]);
    });

    it('gives different epochs to those who claim at the same time, and the last one alone has it', async () => {
      const stores = [t.store, t.other, await t.under.connect(), await t.under.connect()];
      const claims = await Promise.all(stores.map((each, index) => each.claim(address(), `racer ${index}`)));
      expect(new Set(claims.map(({ epoch }) => epoch)).size).toBe(4);
      const last = Math.max(...claims.map(({ epoch }) => epoch));
      for (const [index, each] of claims.entries()) {
        const append = stores[index]!.append(each, each.journalEnd, [bytes('x')]);
        if (each.epoch === last) expect((await append).journalEnd).toBe(1);
        else await t.refused('STORE_FENCED', append);
      }
    });

    it('shows what is there: generation, cursor, journal and the save that made it', async () => {
      t.claim = await save(t.store, t.claim, 's1', ['a', 'b', 'c']);
      t.claim = await t.store.moveCursor(t.claim, 1);
      t.claim = await t.store.append(t.claim, 0, [bytes('j0'), bytes('j1')]);
      const next = await t.other.claim(address(), 'two');
      expect(next).toEqual({ ...t.claim, owner: 'two', epoch: t.claim.epoch + 1 });
      expect(next).toMatchObject({ count: 3, cursor: 1, journalStart: 0, journalEnd: 2, saveId: 's1' });
      expect(await everything(t.other, next)).toEqual(['b', 'c', 'j0', 'j1']);
    });
  });

  describe('fencing', () => {
    const request = { saveId: 's2', count: 1, mode: 'replace', journalEnd: 0 } as const;
    const calls: Record<string, (old: PartitionClaim) => Promise<unknown>> = {
      moveCursor: (old) => t.store.moveCursor(old, 2),
      append: (old) => t.store.append(old, 1, [bytes('late')]),
      stage: (old) => t.store.stage(old, 's3', 0, [bytes('late')]),
      commit: (old) => t.store.commit(old, request),
      'commit of an empty queue': (old) => t.store.commit(old, { ...request, saveId: 's3', count: 0 }),
      keepAlive: (old) => t.store.keepAlive(old),
      release: (old) => t.store.release(old),
    };

    it.each(Object.keys(calls))(
      '%s of an owner whose partition was claimed fails and changes nothing',
      async (call) => {
        t.claim = await save(t.store, t.claim, 's1', ['a', 'b', 'c']);
        t.claim = await t.store.append(t.claim, 0, [bytes('j')]);
        await t.store.stage(t.claim, 's2', 0, [bytes('late')]);
        let next = await t.other.claim(address(), 'two');
        await t.refused('STORE_FENCED', calls[call]!(t.claim));
        expect(await t.views()).toMatchObject([{ owner: 'two', epoch: next.epoch, items: 3, journal: 1 }]);
        next = await t.other.append(next, 1, [bytes('k')]);
        expect(await everything(t.other, await t.other.claim(address(), 'three'))).toEqual(['a', 'b', 'c', 'j', 'k']);
      },
    );

    it('holds for a claim from before the same owner claimed again', async () => {
      const next = await t.store.claim(address(), 'one');
      await t.refused('STORE_FENCED', t.store.append(t.claim, 0, [bytes('late')]));
      expect((await t.store.append(next, 0, [bytes('a')])).journalEnd).toBe(1);
    });

    it('holds after a release, and when the partition is gone', async () => {
      t.claim = await t.store.append(t.claim, 0, [bytes('a')]);
      await t.store.release(t.claim);
      await t.refused('STORE_FENCED', t.store.append(t.claim, 1, [bytes('late')]));
      const empty = await t.store.claim(address({ partition: 'empty' }), 'one');
      await t.store.release(empty);
      await t.refused('STORE_FENCED', t.store.append(empty, 0, [bytes('late')]));
      const request = { saveId: 's1', count: 0, mode: 'replace', journalEnd: 0 } as const;
      await t.refused('STORE_FENCED', t.store.commit(empty, request));
      const [view, ...more] = await t.views();
      expect(view).toMatchObject({ owner: undefined, journal: 1 });
      expect(more).toEqual([]);
    });

    it('holds for the owner of a partition that was removed and made anew', async () => {
      await t.store.release(t.claim);
      const anew = await t.other.claim(address(), 'two');
      await t.refused('STORE_FENCED', t.store.append(t.claim, 0, [bytes('late')]));
      await t.refused('STORE_FENCED', t.store.release(t.claim));
      expect((await t.other.append(anew, 0, [bytes('a')])).journalEnd).toBe(1);
    });
  });

  describe('release', () => {
    it('removes an empty partition, also when it is said again', async () => {
      await t.store.release(t.claim);
      expect(await t.views()).toEqual([]);
      await t.store.release(t.claim);
      expect(await t.under.temporaries()).toEqual([]);
    });

    it('leaves no epoch for a second time: an item of a new partition has a name of its own', async () => {
      await t.store.release(t.claim);
      const anew = await t.other.claim(address(), 'two');
      expect(anew.epoch).toBeGreaterThan(t.claim.epoch);
      await t.other.release(anew);
      expect((await t.store.claim(address(), 'one')).epoch).toBeGreaterThan(anew.epoch);
    });

    it('removes a partition whose items are all consumed', async () => {
      t.claim = await save(t.store, t.claim, 's1', ['a', 'b']);
      t.claim = await t.store.moveCursor(t.claim, 2);
      await t.store.release(t.claim);
      expect(await t.views()).toEqual([]);
      expect(await t.other.claim(address(), 'two')).toMatchObject({ count: 0, cursor: 0 });
    });

    it('keeps one with items or with a journal for the next owner', async () => {
      t.claim = await save(t.store, t.claim, 's1', ['a', 'b']);
      t.claim = await t.store.moveCursor(t.claim, 1);
      await t.store.release(t.claim);
      await t.store.release(t.claim);
      const journaled = await t.store.claim(address({ partition: '7' }), 'one');
      await t.store.append(journaled, 0, [bytes('j')]);
      await t.store.release(journaled);
      expect(await t.views()).toMatchObject([
        { address: address(), owner: undefined, epoch: t.claim.epoch, items: 1, journal: 0 },
        { address: address({ partition: '7' }), owner: undefined, items: 0, journal: 1 },
      ]);
      const next = await t.other.claim(address(), 'two');
      expect(next).toMatchObject({ epoch: t.claim.epoch + 1, saveId: 's1' });
      expect(await everything(t.other, next)).toEqual(['b']);
    });
  });
}
