import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ItemLine, readItemLine, writeItemLine } from '../../../src/core/mqueue/item-line.ts';
import { writeItem } from '../../../src/core/mqueue/item-record.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const item = {
  epoch: 3,
  sequence: 17,
  addedAt: Date.UTC(2026, 0, 31, 12),
  dueAt: 0,
  key: bytes('k'),
  value: bytes('v'),
};

describe('an item as a line of JSON', () => {
  it('tells id, partition, key, value and when it was added', () => {
    expect(writeItemLine(writeItem(item), '0')).toBe(
      '{"id":"3-17","partition":"0","key":"k","value":"v","added_at":"2026-01-31T12:00:00.000Z"}',
    );
  });

  it('tells when it is due, and how often it was given out, where that says something', () => {
    const line = writeItemLine(writeItem({ ...item, dueAt: item.addedAt + 60_000, deliveries: 2 }), '0');
    expect(JSON.parse(line)).toMatchObject({ due_at: '2026-01-31T12:01:00.000Z', deliveries: 2 });
  });

  it.each([
    ['invalid UTF-8', Uint8Array.of(0xff, 0x61), { base64: '/2E=' }],
    ['NUL', Uint8Array.of(0, 97), '\u0000a'],
    ['a byte order mark', Uint8Array.of(0xef, 0xbb, 0xbf, 97), '\ufeffa'],
    ['nothing', new Uint8Array(0), ''],
    ['what looks like base64', bytes('{"base64":"/2E="}'), '{"base64":"/2E="}'],
  ])('keeps the bytes of a value: %s', (_, value, shown) => {
    const line = writeItemLine(writeItem({ ...item, value }), '0');
    expect((JSON.parse(line) as { value: unknown }).value).toEqual(shown);
    expect(readItemLine(line)).toMatchObject({ ok: true, value: { value } });
  });

  it('comes back the same for any bytes and times', () => {
    fc.assert(
      fc.property(
        fc.record({
          key: fc.uint8Array(),
          value: fc.uint8Array(),
          addedAt: fc.oneof(fc.maxSafeInteger(), fc.constant(8.64e15), fc.constant(1e300)),
          dueAt: fc.nat(),
          deliveries: fc.nat({ max: 65_535 }),
        }),
        (parts) => {
          const line = writeItemLine(writeItem({ ...item, ...parts }), 'ä"\n');
          expect(line).not.toContain('\n');
          expect(readItemLine(line)).toEqual({ ok: true, value: { ...parts } satisfies ItemLine });
        },
      ),
    );
  });
});

describe('a line that somebody else has written', () => {
  it('needs a key and a value, the rest may be missing, unknown or null', () => {
    const read = readItemLine('{"id":7,"key":"","value":"v","added_at":null,"due_at":null,"val":1}');
    expect(read).toEqual({
      ok: true,
      value: { key: bytes(''), value: bytes('v'), addedAt: undefined, dueAt: 0, deliveries: 0 },
    });
  });

  it.each([
    ['2026-01-31T12:00:00Z', Date.UTC(2026, 0, 31, 12)],
    ['2026-01-31T13:30+01:30', Date.UTC(2026, 0, 31, 12)],
    ['2026-01-31', Date.UTC(2026, 0, 31)],
    [1_769_860_800_000, 1_769_860_800_000],
  ])('may write the time %j', (written, addedAt) => {
    expect(readItemLine(JSON.stringify({ key: 'k', value: 'v', added_at: written }))).toMatchObject({
      value: { addedAt },
    });
  });

  const wrong: readonly (readonly [line: string, problem: string])[] = [
    ['', 'is not JSON'],
    ['{"key":"k","value":"v"', 'is not JSON'],
    ['["k","v"]', 'is JSON, but no object'],
    ['null', 'is JSON, but no object'],
    ['{"value":"v"}', 'has no "key"'],
    ['{"key":"k","val":"v"}', 'has no "value"'],
    ['{"key":"k","value":7}', '"value" is neither a text nor {"base64":"…"}'],
    ['{"key":null,"value":""}', '"key" is neither a text nor {"base64":"…"}'],
    ['{"key":"k","value":{"base64":"/2E=","x":1}}', '"value" is neither a text nor {"base64":"…"}'],
    ['{"key":"k","value":{"base64":"/2E"}}', '"value" holds something else than base64'],
    ['{"key":"k","value":{"base64":7}}', '"value" holds something else than base64'],
    ['{"key":"\\ud83d","value":""}', '"key" holds half a character'],
    ['{"key":"k","value":"v","added_at":"yesterday"}', '"added_at" is neither a time'],
    ['{"key":"k","value":"v","added_at":"2026-13-31"}', '"added_at" is neither a time'],
    ['{"key":"k","value":"v","due_at":"2026-01-31T12:00"}', '"due_at" is neither a time'],
    ['{"key":"k","value":"v","due_at":1e999}', '"due_at" is neither a time'],
    ['{"key":"k","value":"v","deliveries":-1}', '"deliveries" is no whole number'],
    ['{"key":"k","value":"v","deliveries":65536}', '"deliveries" is no whole number'],
  ];
  it.each(wrong)('%s is refused: %s', (line, problem) => {
    expect(readItemLine(line)).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
  });
});
