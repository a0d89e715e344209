import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBase64, writeBase64 } from '../../src/core/base64.ts';

describe('base64', () => {
  it('is what Node writes, for any bytes, and comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = writeBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        expect(readBase64(text)).toEqual(bytes);
      }),
    );
  });

  it.each(['A', 'AA', 'AAA', 'AAA=A===', 'AB==', 'AAB=', 'AA=A', '=AAA', '====', 'AA\nAA', 'AA-_', 'AAAÄ', 'AA A'])(
    'refuses %j',
    (text) => {
      expect(readBase64(text)).toBeUndefined();
    },
  );

  it('of nothing is nothing', () => {
    expect(writeBase64(new Uint8Array(0))).toBe('');
    expect(readBase64('')).toEqual(new Uint8Array(0));
  });
});
