import { describe, expect, it } from 'vitest';
import { StoreError, type StoreErrorCode } from '../../src/core/mqueue/store-error.ts';
import type { QueueStore } from '../../src/ports/queue-store.ts';
import { TimedStore } from '../../src/queues/timed-store.ts';

/** A store whose calls take 20 ms each, and those that `fails` names fail. */
function timed(fails: readonly string[] = [], code: StoreErrorCode = 'STORE_UNAVAILABLE') {
  let now = 0;
  const called: string[] = [];
  const slow = new Proxy({} as QueueStore, {
    get: (_, name: string) => {
      if (name === 'name') return 'slow';
      return async (...given: unknown[]) => {
        called.push(`${name}(${given.join()})`);
        await Promise.resolve();
        now += 20;
        if (fails.includes(name)) throw new StoreError(code, 'away');
        return name;
      };
    },
  });
  const store = new TimedStore(slow, () => now);
  const counts = () =>
    Object.fromEntries(
      [...store.durations].map(([operation, durations]) => {
        const { count, sum } = durations.counts();
        return [operation, `${count} in ${sum} s`];
      }),
    );
  return { store, called, counts };
}

describe('a store whose calls are timed', () => {
  it('hands every call on as it is, and counts it with what it is for', async () => {
    const { store, called, counts } = timed();
    const any = 'x' as never;
    expect(store.name).toBe('slow');
    await store.open(any);
    await store.claim(any, 'me');
    await store.read(any, 1, 2);
    await store.readJournal(any, 3, 4);
    await store.moveCursor(any, 5);
    await store.append(any, 6, any);
    await store.stage(any, 's', 7, any);
    await store.commit(any, any);
    await store.keepAlive(any);
    await store.release(any);
    await store.list('c');
    await store.inspect(any);
    await store.peek(any, 'items', 8, 9);
    await store.assign(any, undefined);
    await store.close();
    expect(called.join(' ')).toBe(
      'open(x) claim(x,me) read(x,1,2) readJournal(x,3,4) moveCursor(x,5) append(x,6,x) stage(x,s,7,x) commit(x,x) ' +
        'keepAlive(x) release(x) list(c) inspect(x) peek(x,items,8,9) assign(x,) close()',
    );
    expect(counts()).toEqual({
      claim: '2 in 0.04 s',
      read: '2 in 0.04 s',
      append: '2 in 0.04 s',
      save: '2 in 0.04 s',
      keep_alive: '1 in 0.02 s',
      look: '4 in 0.08 s',
    });
  });

  it('counts a call that fails too, and gives its error on', async () => {
    const { store, counts } = timed(['append']);
    await expect(store.append('x' as never, 0, [])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(counts().append).toBe('1 in 0.02 s');
  });

  it('shows whether the store answers, by the last call', async () => {
    const fails = ['claim'];
    const { store } = timed(fails);
    const any = 'x' as never;
    expect(store.view).toEqual({ state: 'unused', detail: '' });
    await store.open(any);
    expect(store.view).toEqual({ state: 'answered', detail: '' });
    await store.claim(any, 'me').catch(() => {});
    expect(store.view).toEqual({ state: 'failing', detail: 'away' });
    await store.keepAlive(any);
    expect(store.view).toEqual({ state: 'answered', detail: '' });
    fails.push('open');
    await store.open(any).catch(() => {});
    expect(store.view.state).toBe('failing');
  });

  it('that refuses a call has answered it', async () => {
    const { store } = timed(['append'], 'STORE_FENCED');
    await store.append('x' as never, 0, []).catch(() => {});
    expect(store.view).toEqual({ state: 'answered', detail: '' });
  });
});
