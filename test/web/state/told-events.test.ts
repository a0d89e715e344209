import { expect, it } from 'vitest';
import { tellEvent } from '../../../web/state/told-events.ts';

it.each([
  [
    'node',
    { transition: 'died', uri: 'sip:10.0.0.2:5060', kind: 'kdmq', why: 'refused' },
    '10.0.0.2 died (kdmq): refused',
    true,
  ],
  [
    'node',
    { transition: 'joined', uri: 'sip:10.0.0.2:5060', kind: 'kamailio', why: 'answered' },
    '10.0.0.2 joined (kamailio): answered',
    false,
  ],
  [
    'message',
    { channel: 'calls', from: 'sip:10.0.0.2:5060', size: 2_048, contentType: 'text/plain' },
    'on calls from 10.0.0.2, 2.0 KiB of text/plain',
    false,
  ],
  ['message', { channel: 'calls', from: '10.0.0.2', size: 5 }, 'on calls from 10.0.0.2, 5 B', false],
  ['queue', { name: 'calls', size: 3, state: 'ready' }, 'calls has 3', false],
  ['queue', { name: 'calls', size: 3, state: 'fenced' }, 'calls has 3, fenced', true],
  ['gap', {}, 'something was missed: everything has been read anew', false],
])('a %s event is told in words', (type, data, text, isBad) => {
  expect(tellEvent({ type, data: JSON.stringify(data) }, 7)).toMatchObject({ at: 7, text, isBad });
});

it('what is not known is not told, and what can not be read is told without its content', () => {
  expect(tellEvent({ type: 'weather', data: '{}' }, 7)).toBeUndefined();
  expect(tellEvent({ type: 'queue', data: 'no JSON' }, 7)?.text).toBe(' has , ');
});

it('control characters in it are visible', () => {
  const data = JSON.stringify({ channel: 'a\u001b[2J', from: 'x', size: 1 });
  expect(tellEvent({ type: 'message', data }, 7)?.text).toBe('on a\\u{1b}[2J from x, 1 B');
});
