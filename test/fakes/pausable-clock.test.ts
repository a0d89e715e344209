import { describe, expect, it } from 'vitest';
import { clockContract } from '../edges/system/clock-contract.ts';
import { FakeClock } from './fake-clock.ts';
import { PausableClock } from './pausable-clock.ts';

clockContract('PausableClock', () => {
  const time = new FakeClock();
  return { clock: new PausableClock(time), pass: (ms) => time.advanceAsync(ms) };
});

describe('PausableClock', () => {
  it('runs what fell due during a pause when it is over, but for what was cancelled', () => {
    const time = new FakeClock();
    const clock = new PausableClock(time);
    const fired: string[] = [];
    clock.after(10, () => fired.push('a'));
    const cancelled = clock.after(20, () => fired.push('b'));
    clock.pause();
    time.advance(100);
    cancelled.cancel();
    expect([fired, clock.now()]).toEqual([[], 100]);
    clock.resume();
    expect(fired).toEqual(['a']);
  });
});
