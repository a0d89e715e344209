import { describe, expect, it, vi } from 'vitest';
import type { Clock } from '../../../src/ports/clock.ts';

/** What every clock does. `pass` lets at least that many milliseconds go by. */
export function clockContract(name: string, make: () => { clock: Clock; pass: (ms: number) => Promise<void> }): void {
  describe(`${name} keeps the contract of a clock`, () => {
    it('never steps back', async () => {
      const { clock, pass } = make();
      const before = clock.now();
      await pass(2);
      expect(clock.now()).toBeGreaterThanOrEqual(before + 1);
    });

    it('knows the time of day', () => {
      expect(make().clock.wallTime()).toBeGreaterThan(Date.UTC(2025, 0, 1));
    });

    it('fires a timer once, not before its delay and never from inside after()', async () => {
      const { clock, pass } = make();
      const started = clock.now();
      const fired: number[] = [];
      clock.after(10, () => fired.push(clock.now() - started));
      expect(fired).toEqual([]);
      await pass(30);
      await vi.waitFor(() => expect(fired).toHaveLength(1), 5000);
      expect(fired[0]).toBeGreaterThanOrEqual(9); // the machine's timers may be early by a part of a millisecond
    });

    it('fires timers in the order of their delays', async () => {
      const { clock, pass } = make();
      const fired: string[] = [];
      clock.after(20, () => fired.push('later'));
      clock.after(1, () => fired.push('sooner'));
      await pass(40);
      await vi.waitFor(() => expect(fired).toEqual(['sooner', 'later']), 5000);
    });

    it('does not fire a cancelled timer, and cancelling again does nothing', async () => {
      const { clock, pass } = make();
      const fired = vi.fn();
      const timer = clock.after(1, fired);
      timer.cancel();
      timer.cancel();
      await pass(20);
      expect(fired).not.toHaveBeenCalled();
    });

    it('takes a negative delay as none', async () => {
      const { clock, pass } = make();
      const fired = vi.fn();
      clock.after(-5, fired);
      await pass(5);
      await vi.waitFor(() => expect(fired).toHaveBeenCalledOnce(), 5000);
    });

    it('does not fire early when the delay is longer than 24 days', async () => {
      const { clock, pass } = make();
      const fired = vi.fn();
      const timer = clock.after(2 ** 31 + 1000, fired);
      await pass(20);
      expect(fired).not.toHaveBeenCalled();
      timer.cancel();
    });
  });
}
