import { describe, expect, it } from 'vitest';
import type { TracedMessage } from '../../../src/core/trace/traced-message.ts';
import { MessageTaps } from '../../../src/edges/trace/message-taps.ts';
import { tracedMessage } from '../../core/trace/traced-message.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

const noon = Date.UTC(2026, 0, 31, 12);
const { time: _, ...message } = tracedMessage();

describe('the taps', () => {
  it('have takers from the first follower to the last', () => {
    const taps = new MessageTaps(new FakeClock());
    const taker = (): void => {};
    const ends = [taps.follow(taker), taps.follow(taker)];
    for (const end of ends) {
      expect(taps.hasTakers).toBe(true);
      end();
    }
    expect(taps.hasTakers).toBe(false);
  });

  it('show each message to all, with its time in parts of milliseconds', () => {
    const clock = new FakeClock(0.25, noon);
    const taps = new MessageTaps(clock);
    const seen: TracedMessage[] = [];
    const end = taps.follow((one) => seen.push(one));
    taps.follow((one) => seen.push(one));
    taps.take(message);
    clock.advance(0.5);
    end();
    taps.take(message);
    expect(seen).toEqual([noon, noon, noon + 0.5].map((time) => ({ ...message, time })));
  });

  it('let a follower end while it is shown a message', () => {
    const taps = new MessageTaps(new FakeClock());
    let count = 0;
    const end = taps.follow(() => {
      count += 1;
      end();
    });
    taps.take(message);
    taps.take(message);
    expect(count).toBe(1);
  });

  it('take over a time of day that was set, and no rounding of milliseconds', () => {
    let wall = 1_000;
    let now = 0;
    const taps = new MessageTaps({ now: () => now, wallTime: () => wall, after: () => ({ cancel() {} }) });
    const times: number[] = [];
    taps.follow(({ time }) => times.push(time));
    for (const [monotonic, day] of [
      [0, 1_000],
      [0.9, 1_001],
      [1.8, 1_001],
      [2, 9_000],
    ] as const) {
      now = monotonic;
      wall = day;
      taps.take(message);
    }
    expect(times).toEqual([1_000, 1_000.9, 1_001.8, 9_000]);
  });
});
