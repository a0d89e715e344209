import { expect, it } from 'vitest';
import {
  bytesText,
  bytesWords,
  countWords,
  rateWords,
  roundTripWords,
  seenWords,
  shortUri,
  spanWords,
  visibleText,
} from '../../../web/state/words.ts';

it.each<[number | undefined, string, (value: never) => string]>([
  [0, '0 ms', spanWords],
  [999, '999 ms', spanWords],
  [59_999, '59 s', spanWords],
  [3_600_000, '1 h', spanWords],
  [200_000_000, '2 d', spanWords],
  [undefined, 'never', seenWords],
  [2_900, 'now', seenWords],
  [65_000, '1 min ago', seenWords],
  [undefined, '–', roundTripWords],
  [0.416, '0.42 ms', roundTripWords],
  [12.6, '13 ms', roundTripWords],
  [1_023, '1023 B', bytesWords],
  [1_536, '1.5 KiB', bytesWords],
  [52_428_800, '50 MiB', bytesWords],
  [2 ** 42, '4096 GiB', bytesWords],
  [999, '999', countWords],
  [1_234_567, '1,234,567', countWords],
  [0, '0', rateWords],
  [0.25, '0.3/s', rateWords],
  [1_200.4, '1,200/s', rateWords],
])('%s is written as %s', (value, words, write) => {
  expect(write(value as never)).toBe(words);
});

it.each([
  ['sip:10.0.0.1:5060', '10.0.0.1'],
  ['sip:10.0.0.1:5070', '10.0.0.1:5070'],
  ['sip:[fd00::1]:5060;transport=tcp', '[fd00::1];transport=tcp'],
])('%s is shown as %s', (uri, shown) => {
  expect(shortUri(uri)).toBe(shown);
});

it('what has no look of its own is made visible', () => {
  expect(visibleText('a\u0000b\u202ec\u200bd\u0085')).toBe('a\\u{0}b\\u{202e}c\\u{200b}d\\u{85}');
  expect(visibleText('two\nlines\tärger 漢字 <b>')).toBe('two\nlines\tärger 漢字 <b>');
});

it('a long value is cut, and says by how much', () => {
  expect(bytesText('x'.repeat(2_000))).toHaveLength(2_000);
  expect(bytesText('x'.repeat(3_500))).toMatch(/^x{2000}… \(1,500 more characters\)$/);
  expect(bytesText({ base64: '/w==' })).toBe('base64 /w==');
});
