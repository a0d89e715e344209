import fc from 'fast-check';
import { expect, it } from 'vitest';
import { percentEncoded } from '../../../src/core/http/percent-encoded.ts';

it('bytes that are no text stand there byte for byte', () => {
  expect(percentEncoded(Uint8Array.of(0x61, 0x00, 0xff, 0x20, 0x25, 0x0d, 0x0a))).toBe('a%00%FF%20%25%0D%0A');
});

it('every text is read back by what reads queries, and fits into a header', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const written = percentEncoded(new TextEncoder().encode(text));
      expect(written).toMatch(/^[A-Za-z0-9\-._~%]*$/);
      expect(decodeURIComponent(written)).toBe(text);
    }),
  );
});
