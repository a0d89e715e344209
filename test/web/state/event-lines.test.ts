import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EventLines } from '../../../web/state/event-lines.ts';

const stream =
  'retry: 2000\n\nid: a-1\nevent: node\ndata: {"x":1}\n\n:\n\nevent: gap\ndata: {}\n\ndata: one\ndata: two\n\n';
const events = [
  { type: 'node', data: '{"x":1}' },
  { type: 'gap', data: '{}' },
  { type: 'message', data: 'one\ntwo' },
];

it('events are read wherever the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length), { maxLength: 8 }), (places) => {
      const lines = new EventLines();
      const cuts = [0, ...places.toSorted((one, other) => one - other), stream.length];
      const read = cuts.slice(1).flatMap((end, index) => lines.feed(stream.slice(cuts[index], end)));
      expect(read).toEqual(events);
      expect(lines.lastId).toBe('a-1');
    }),
  );
});

it('an id counts without an event too: the stream begins with one', () => {
  const lines = new EventLines();
  expect(lines.feed('retry: 2000\n\nid: a-0\n')).toEqual([]);
  expect(lines.lastId).toBeUndefined();
  expect(lines.feed('\n')).toEqual([]);
  expect(lines.lastId).toBe('a-0');
});

it('an event that does not end is not collected for ever', () => {
  const lines = new EventLines();
  const feed = (): void => {
    for (let count = 0; count < 20; count += 1) lines.feed(`data: ${'x'.repeat(100_000)}`);
  };
  expect(feed).toThrow('longer than 1 MiB');
});
