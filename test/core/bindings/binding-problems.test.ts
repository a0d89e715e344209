import { describe, expect, it } from 'vitest';
import { bindingProblems } from '../../../src/core/bindings/binding-problems.ts';
import { readBindings } from '../../../src/core/bindings/read-bindings.ts';
import { readMqueueDefinitions } from '../../../src/core/mqueue/read-mqueue-definitions.ts';

const mqueue = [
  'name=plain',
  'name=a;lease_ms=30000',
  'name=b;lease_ms=30000',
  'name=short;lease_ms=5000',
  'name=letters;lease_ms=30000;max_deliveries=3;dead_letter=dead',
  'name=dead;lease_ms=30000',
];
const queues = readMqueueDefinitions(mqueue).definitions;

function problems(...written: string[]): string[] {
  const { bindings, problems: unread } = readBindings(written);
  expect(unread).toEqual([]);
  return bindingProblems(bindings, { queues, notificationChannel: 'notification_peer' }).map(
    ({ binding, attribute, problem, expected }) => `${binding} | ${attribute} | ${problem} | ${expected}`,
  );
}

describe('bindings together', () => {
  it.each([
    ['one in each direction', ['channel=x;queue=plain', 'queue=a;channel=y;mode=broadcast']],
    ['two channels into one queue', ['channel=x;queue=a', 'channel=y;queue=a']],
    ['two queues on one channel', ['queue=a;channel=x;mode=broadcast', 'queue=b;channel=x;mode=broadcast']],
    ['a queue that is passed on to another channel', ['channel=x;queue=a', 'queue=a;channel=y;mode=broadcast']],
    ['a lease that is just long enough', ['queue=short;channel=x;mode=broadcast;timeout_ms=4000']],
  ])('%s: nothing is wrong', (_, written) => {
    expect(problems(...written)).toEqual([]);
  });

  it.each([
    [
      'the channel of the node lists',
      ['channel=notification_peer;queue=a'],
      ['channel notification_peer to queue a | channel | is the channel of the node lists | another channel'],
    ],
    [
      'the channel of our own nodes',
      ['queue=a;channel=kdmq;mode=broadcast'],
      ['queue a to channel kdmq | channel | is the channel of our own nodes | another channel'],
    ],
    [
      'a queue that is none',
      ['channel=x;queue=plian', 'channel=y;queue=zzzzzzzz'],
      [
        'channel x to queue plian | queue | is no queue | plain, if that was meant',
        'channel y to queue zzzzzzzz | queue | is no queue | one of plain, a, b, short, letters, dead',
      ],
    ],
    [
      'a queue without a lease that is sent',
      ['queue=plain;channel=x;mode=broadcast'],
      [
        'queue plain to channel x | queue | has no lease: what could not be sent would be gone | a queue with lease_ms=6000 or more, or a shorter timeout_ms',
      ],
    ],
    [
      'a lease that is too short',
      ['queue=short;channel=x;mode=broadcast'],
      [
        'queue short to channel x | queue | has a lease of 5000 ms: it ends before it is known whether a node has answered | a queue with lease_ms=6000 or more, or a shorter timeout_ms',
      ],
    ],
    [
      'a channel that goes into two queues',
      ['channel=x;queue=a', 'channel=x;queue=b'],
      ['channel x to queue b | channel | goes into a queue already | each channel once'],
    ],
    [
      'a queue that is sent on two channels',
      ['queue=a;channel=x;mode=broadcast', 'queue=a;channel=y;mode=broadcast'],
      [
        'queue a to channel y | queue | is sent already: each item would go to one of the two channels | each queue once',
      ],
    ],
    [
      'a queue that gets what it sent',
      ['channel=x;queue=a', 'queue=a;channel=x;mode=broadcast'],
      [
        'queue a to channel x | channel | leads back: queue a to channel x to queue a | a channel that goes into another queue',
      ],
    ],
    [
      'two queues that send each other everything',
      [
        'channel=x;queue=a',
        'channel=y;queue=b',
        'queue=a;channel=y;mode=broadcast',
        'queue=b;channel=x;mode=broadcast',
      ],
      [
        'queue a to channel y | channel | leads back: queue a to channel y to queue b to channel x to queue a | a channel that goes into another queue',
        'queue b to channel x | channel | leads back: queue b to channel x to queue a to channel y to queue b | a channel that goes into another queue',
      ],
    ],
    [
      'dead letters that come back',
      ['channel=x;queue=letters', 'queue=dead;channel=x;mode=broadcast'],
      [
        'queue dead to channel x | channel | leads back: queue dead to channel x to queue letters to queue dead | a channel that goes into another queue',
      ],
    ],
  ])('%s', (_, written, expected) => {
    expect(problems(...written)).toEqual(expected);
  });
});
