import { describe, expect, it } from 'vitest';
import { ChannelTally, codeClass } from '../../src/core/channel-tally.ts';

describe('the tally of channels', () => {
  it('counts by channel, direction and outcome, which is the class of a reply or why there was none', () => {
    const tally = new ChannelTally();
    for (const code of [202, 202, 200]) tally.count('received', 'greetings', code);
    tally.count('sent', 'greetings', 'timeout');
    for (const code of [404, 403, 503]) tally.count('sent', 'calls', code);
    expect([...tally.counts()]).toEqual([
      ['greetings', { received: { '2xx': 3 }, sent: { timeout: 1 } }],
      ['calls', { received: {}, sent: { '4xx': 2, '5xx': 1 } }],
    ]);
  });

  it('tells the codes apart', () => {
    const tally = new ChannelTally();
    for (const outcome of [202, 404, 403, 404, 'timeout']) tally.count('sent', 'calls', outcome);
    const calls = { channel: 'calls', direction: 'sent' };
    expect(tally.messages()).toEqual([
      { ...calls, outcome: '2xx', code: '202', count: 1 },
      { ...calls, outcome: '4xx', code: '404', count: 2 },
      { ...calls, outcome: '4xx', code: '403', count: 1 },
      { ...calls, outcome: 'timeout', code: '', count: 1 },
    ]);
  });

  it('holds a bounded number of codes, whatever is answered', () => {
    const tally = new ChannelTally();
    for (let code = 100; code < 700; code++) tally.count('sent', 'calls', code);
    const messages = tally.messages();
    expect(messages.length).toBeLessThan(25);
    expect(messages.filter(({ code }) => code === 'other').map(({ outcome }) => outcome)).toEqual([
      ...['1xx', '2xx', '3xx', '4xx', '5xx', '6xx'],
    ]);
    expect(messages.reduce((sum, { count }) => sum + count, 0)).toBe(600);
    expect(tally.counts().get('calls')?.sent).toEqual(
      Object.fromEntries(['1xx', '2xx', '3xx', '4xx', '5xx', '6xx'].map((outcome) => [outcome, 100])),
    );
  });

  it('holds a bounded number of channels and counts the rest together', () => {
    const tally = new ChannelTally();
    for (let index = 0; index < 1_000; index++) tally.count('sent', `channel${index}`, 202);
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
