import { describe, expect, it } from 'vitest';
import { Progress, progressBar } from '../../src/cli/progress.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

function shown(isTTY: boolean) {
  const clock = new FakeClock();
  const written: string[] = [];
  const progress = new Progress({ isTTY, write: (text) => written.push(text) }, clock);
  return { clock, written, progress };
}

describe('a progress bar', () => {
  it.each([
    [0, '[------------------------]   0 % '],
    [0.335, '[########----------------]  33 % '],
    [1, '[########################] 100 % '],
    [1.7, '[########################] 100 % '],
    [Number.NaN, ''],
    [undefined, ''],
  ])('of %s is %j', (done, bar) => expect(progressBar(done)).toBe(bar));
});

describe('progress', () => {
  it('is one line on a terminal, from the first second on and five times a second', () => {
    const { clock, written, progress } = shown(true);
    for (let step = 0; step < 150; step++) {
      progress.show(() => `${step}`);
      clock.advance(10);
    }
    progress.end();
    progress.end();
    expect(written).toEqual(['\r\u001b[K100', '\r\u001b[K120', '\r\u001b[K140', '\r\u001b[K']);
  });

  it.each([
    ['for what is quick', true, 900],
    ['elsewhere than on a terminal', false, 5_000],
  ])('is not shown %s', (_, isTTY, ms) => {
    const { clock, written, progress } = shown(isTTY);
    clock.advance(ms);
    progress.show(() => 'x');
    progress.end();
    expect(written).toEqual([]);
  });
});
