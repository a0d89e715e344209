import { describe, expect, it } from 'vitest';
import { TimerWheel, WheelTimer } from '../../../src/edges/sip/timer-wheel.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { SeededRandom } from '../../fakes/seeded-random.ts';

class Probe extends WheelTimer {
  readonly run: () => void;
  constructor(run: () => void) {
    super();
    this.run = run;
  }
  override expire(): void {
    this.run();
  }
}

describe('TimerWheel', () => {
  it.each([0, 1, 10, 499, 500, 4000, 20_480, 32_000, 100_000])(
    'fires a timer of %d ms then or within 10 ms',
    (delay) => {
      const clock = new FakeClock(12_345.6);
      const wheel = new TimerWheel(clock);
      let firedAfter = -1;
      wheel.start(
        new Probe(() => {
          firedAfter = clock.now() - 12_345.6;
        }),
        delay,
      );
      clock.advance(delay + 20);
      expect(firedAfter).toBeGreaterThanOrEqual(delay);
      expect(firedAfter).toBeLessThanOrEqual(delay + 10.001);
    },
  );

  it('fires each of many timers once, in order of their time', () => {
    const clock = new FakeClock();
    const wheel = new TimerWheel(clock);
    const random = new SeededRandom(3);
    const fired: number[] = [];
    for (let index = 0; index < 20_000; index++) {
      const delay = 1 + Math.floor(random.fraction() * 60_000);
      wheel.start(new Probe(() => fired.push(Math.ceil(delay / 10))), delay);
    }
    expect(wheel.size).toBe(20_000);
    clock.advance(60_010);
    expect(fired).toHaveLength(20_000);
    expect(fired).toEqual([...fired].sort((a, b) => a - b));
  });

  it('rests when nothing is armed', () => {
    const clock = new FakeClock();
    const wheel = new TimerWheel(clock);
    wheel.start(new Probe(() => {}), 100);
    expect(clock.pending).toBe(1);
    clock.advance(200);
    expect(clock.pending).toBe(0);
  });

  it('never fires what has been cancelled, even by a timer of the same tick', () => {
    const clock = new FakeClock();
    const wheel = new TimerWheel(clock);
    const fired: string[] = [];
    const second = new Probe(() => fired.push('second'));
    wheel.start(
      new Probe(() => {
        fired.push('first');
        wheel.cancel(second);
      }),
      50,
    );
    wheel.start(second, 50);
    clock.advance(1000);
    expect(fired).toEqual(['first']);
    expect(wheel.size).toBe(0);
  });

  it('lets a timer arm itself again', () => {
    const clock = new FakeClock();
    const wheel = new TimerWheel(clock);
    let beats = 0;
    const beat: Probe = new Probe(() => {
      beats++;
      wheel.start(beat, 100);
    });
    wheel.start(beat, 100);
    clock.advance(1005);
    expect(beats).toBe(10);
  });

  it('moves a timer that is armed already', () => {
    const clock = new FakeClock();
    const wheel = new TimerWheel(clock);
    const fired: number[] = [];
    const timer = new Probe(() => fired.push(clock.now()));
    wheel.start(timer, 100);
    wheel.start(timer, 300);
    expect(wheel.size).toBe(1);
    clock.advance(1000);
    expect(fired).toEqual([300]);
  });

  it('catches up after the process was paused for longer than a turn of the wheel', () => {
    const clock = new FakeClock();
    const wheel = new TimerWheel({
      now: () => clock.now() * 1000,
      wallTime: () => 0,
      after: (ms, run) => clock.after(ms, run),
    });
    const fired: number[] = [];
    for (const delay of [50, 5000, 30_000]) wheel.start(new Probe(() => fired.push(delay)), delay);
    clock.advance(100);
    expect(fired.sort((a, b) => a - b)).toEqual([50, 5000, 30_000]);
  });
});
