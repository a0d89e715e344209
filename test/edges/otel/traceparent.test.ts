import { expect, it } from 'vitest';
import { readTraceparent, writeTraceparent } from '../../../src/edges/otel/traceparent.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

it.each<[text: string, flags: number | undefined]>([
  [`00-${traceId}-${spanId}-01`, 1],
  [`00-${traceId}-${spanId}-00`, 0],
  [` 00-${traceId}-${spanId}-03 `, 1],
  [`01-${traceId}-${spanId}-01-more`, 1],
  [`00-${traceId}-${spanId}-01-more`, undefined],
  [`ff-${traceId}-${spanId}-01`, undefined],
  [`00-${'0'.repeat(32)}-${spanId}-01`, undefined],
  [`00-${traceId}-${'0'.repeat(16)}-01`, undefined],
  [`00-${traceId.toUpperCase()}-${spanId}-01`, undefined],
  ['', undefined],
  ['00', undefined],
])('reads %j', (text, traceFlags) => {
  const wanted = traceFlags === undefined ? undefined : { traceId, spanId, traceFlags, isRemote: true };
  expect(readTraceparent(text)).toEqual(wanted);
});

it('writes what it reads', () => {
  for (const flags of ['00', '01']) {
    const text = `00-${traceId}-${spanId}-${flags}`;
    const read = readTraceparent(text);
    expect(read && writeTraceparent(read)).toBe(text);
  }
});
