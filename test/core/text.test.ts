import { expect, it } from 'vitest';
import { decodeText } from '../../src/core/text.ts';

it('the text of a body never throws: bytes that are no UTF-8 become U+FFFD', () => {
  expect(decodeText(new Uint8Array([0x61, 0xff, 0x62]))).toBe('a\ufffdb');
});
