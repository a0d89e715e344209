import { describe, expect, it } from 'vitest';
import { ChannelTally, codeClass } from '../../src/core/channel-tally.ts';

describe('the tally of channels', () => {
  it('counts by channel, direction and outcome', () => {
    const tally = new ChannelTally();
    tally.count('received', 'greetings', '2xx');
    tally.count('received', 'greetings', '2xx');
    tally.count('sent', 'greetings', 'timeout');
    tally.count('sent', 'calls', '4xx');
    expect([...tally.counts()]).toEqual([
      ['greetings', { received: { '2xx': 2 }, sent: { timeout: 1 } }],
      ['calls', { received: {}, sent: { '4xx': 1 } }],
    ]);
  });

  it('holds a bounded number of channels and counts the rest together', () => {
    const tally = new ChannelTally();
    for (let index = 0; index < 1_000; index++) tally.count('sent', `channel${index}`, '2xx');
    const counts = tally.counts();
    expect(counts.size).toBe(201);
    expect(counts.get(ChannelTally.others)?.sent).toEqual({ '2xx': 800 });
  });
});

it.each([
  [100, '1xx'],
  [202, '2xx'],
  [404, '4xx'],
  [699, '6xx'],
  [99, 'other'],
  [700, 'other'],
])('the class of %i is %s', (code, expected) => {
  expect(codeClass(code)).toBe(expected);
});
