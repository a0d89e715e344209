import { describe, expect, it } from 'vitest';
import { Turns } from '../../../src/edges/file/turns.ts';

describe('turns', () => {
  it('run the work of one key in order, whatever fails, and that of others beside it', async () => {
    const turns = new Turns();
    const order: string[] = [];
    const first = Promise.withResolvers<void>();
    const slow = turns.inTurn('a', async () => {
      await first.promise;
      order.push('a1');
      throw new Error('failed');
    });
    const next = turns.inTurn('a', async () => order.push('a2'));
    await turns.inTurn('b', async () => order.push('b'));
    first.resolve();
    await expect(slow).rejects.toThrow('failed');
    await next;
    expect(order).toEqual(['b', 'a1', 'a2']);
  });

  it('end what is under way when they are closed, and start nothing that waits', async () => {
    const turns = new Turns();
    const hanging = Promise.withResolvers<void>();
    let started = 0;
    const calls = [
      turns.inTurn('a', () => hanging.promise),
      turns.inTurn('a', async () => {
        started += 1;
      }),
      turns.atOnce(() => hanging.promise),
    ];
    const closed = turns.close();
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(turns.inTurn('b', async () => {})).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    hanging.resolve();
    await closed;
    expect(started).toBe(0);
  });
});
