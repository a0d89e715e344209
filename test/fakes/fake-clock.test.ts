import { describe, expect, it } from 'vitest';
import { clockContract } from '../edges/system/clock-contract.ts';
import { FakeClock } from './fake-clock.ts';
import { SeededRandom } from './seeded-random.ts';

clockContract('FakeClock', () => {
  const clock = new FakeClock();
  return { clock, pass: (ms) => clock.advanceAsync(ms) };
});

describe('FakeClock', () => {
  it('runs each timer at its own time, those of one moment in the order in which they were started', () => {
    const clock = new FakeClock();
    const fired: string[] = [];
    for (const [name, at] of Object.entries({ c: 30, a: 10, b1: 20, b2: 20 })) {
      clock.after(at, () => fired.push(`${name}@${clock.now()}`));
    }
    clock.advance(30);
    expect(fired).toEqual(['a@10', 'b1@20', 'b2@20', 'c@30']);
  });

  it('runs in the same advance what a timer starts', () => {
    const clock = new FakeClock();
    let beats = 0;
    const beat = (): void => {
      beats++;
      clock.after(10, beat);
    };
    beat();
    clock.advance(95);
    expect(beats).toBe(10);
    expect(clock.now()).toBe(95);
  });

  it('lets awaiting code go on at the time of its timer', async () => {
    const clock = new FakeClock();
    const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve));
    const times: number[] = [];
    const worker = async (): Promise<void> => {
      for (let round = 0; round < 3; round++) {
        await wait(10);
        times.push(clock.now());
      }
    };
    const done = worker();
    await clock.advanceAsync(100);
    await done;
    expect(times).toEqual([10, 20, 30]);
  });

  it('moves the time of day without touching timers', () => {
    const clock = new FakeClock(0, 1000);
    clock.jumpWallTime(-400);
    expect([clock.now(), clock.wallTime()]).toEqual([0, 600]);
  });

  it('keeps the order whatever is started and cancelled', () => {
    const random = new SeededRandom(7);
    const clock = new FakeClock();
    const expected: number[] = [];
    const fired: number[] = [];
    for (let index = 0; index < 2000; index++) {
      const at = Math.floor(random.fraction() * 1000);
      const timer = clock.after(at, () => fired.push(at));
      if (random.fraction() < 0.5) timer.cancel();
      else expected.push(at);
    }
    clock.advance(1000);
    expect(fired).toEqual(expected.sort((a, b) => a - b));
    expect(clock.pending).toBe(0);
  });
});
