import { describe, expect, it } from 'vitest';
import type { PartitionAddress } from '../../../src/ports/queue-store.ts';
import { address, bytes, everything, save } from '../store-content.ts';
import { type ContractWorld, key } from './contract-world.ts';

/** Which names are kept apart, and what a store does before and after its life. */
export function nameContract(t: ContractWorld): void {
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
        let own = await t.store.claim(each, 'one');
        own = await save(t.store, own, 's1', [`item of ${key(each)}`]);
        await t.store.append(own, 0, [bytes(`journal of ${key(each)}`)]);
      }
      for (const each of addresses) {
        const next = await t.other.claim(each, 'two');
        expect(await everything(t.other, next)).toEqual([`item of ${key(each)}`, `journal of ${key(each)}`]);
        await t.other.commit(next, { saveId: 's2', count: 0, mode: 'replace', journalEnd: 1 });
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
      await t.store.release(t.claim);
      let own = await t.store.claim(address(parts), 'ownér {1}');
      own = await save(t.store, own, 'säve: 1', ['a']);
      own = await t.store.append(own, 0, [bytes('j')]);
      await t.other.assign(address(parts), parts.partition ?? 'n');
      expect(await t.views(own.address.cluster)).toMatchObject([
        { address: address(parts), owner: 'ownér {1}', adopter: parts.partition ?? 'n' },
      ]);
      const next = await t.other.claim(address(parts), 'two');
      expect(next.address).toEqual(address(parts));
      expect(next.saveId).toBe('säve: 1');
      expect(await everything(t.other, next)).toEqual(['a', 'j']);
    });
  });

  describe('open and close', () => {
    it('open may be called again, and says what is worth a word', async () => {
      const report = await t.store.open(new AbortController().signal);
      expect(Array.isArray(report.notes)).toBe(true);
      expect(t.store.name).toMatch(/^[a-z+]+:/);
    });

    it('a closed store does nothing any more, and closing again is fine', async () => {
      t.claim = await t.store.append(t.claim, 0, [bytes('a')]);
      await Promise.all([t.store.close(), t.store.close()]);
      await t.store.close();
      const calls: (() => Promise<unknown>)[] = [
        () => t.store.open(new AbortController().signal),
        () => t.store.claim(address(), 'one'),
        () => t.store.read(t.claim, 0, 1),
        () => t.store.readJournal(t.claim, 0, 1),
        () => t.store.moveCursor(t.claim, 1),
        () => t.store.append(t.claim, 1, [bytes('b')]),
        () => t.store.stage(t.claim, 's1', 0, [bytes('b')]),
        () => t.store.commit(t.claim, { saveId: 's1', count: 0, mode: 'replace', journalEnd: 1 }),
        () => t.store.keepAlive(t.claim),
        () => t.store.release(t.claim),
        () => t.store.list(t.claim.address.cluster),
        () => t.store.inspect(address()),
        () => t.store.peek(t.claim, 'items', 0, 1),
        () => t.store.assign(address(), '5'),
      ];
      for (const call of calls) await t.refused('STORE_UNAVAILABLE', call());
      expect(await everything(t.other, await t.other.claim(address(), 'two'))).toEqual(['a']);
    });

    it('what was acknowledged outlives the store that took it', async () => {
      t.claim = await save(t.store, t.claim, 's1', ['a', 'b']);
      t.claim = await t.store.moveCursor(t.claim, 1);
      await t.store.append(t.claim, 0, [bytes('j')]);
      await t.store.close();
      await t.other.close();
      const later = await t.under.connect();
      expect(await everything(later, await later.claim(address(), 'three'))).toEqual(['b', 'j']);
    });
  });
}
