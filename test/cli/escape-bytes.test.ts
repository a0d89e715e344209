import { expect, it } from 'vitest';
import { escapeBytes } from '../../src/cli/escape-bytes.ts';

it.each<[what: string, bytes: readonly number[], shown: string]>([
  ['nothing', [], ''],
  ['text', [0x68, 0xc3, 0xa4], 'hä'],
  ['controls in a text', [0x61, 0x0a, 0x1b], 'a\\u000a\\u001b'],
  ['a byte order mark', [0xef, 0xbb, 0xbf, 0x61], '\ufeffa'],
  ['what is no UTF-8', [0x61, 0x0a, 0xc3, 0x28], 'a\\x0a\\xc3('],
])('a body is shown in one line: %s', (_, bytes, shown) => {
  expect(escapeBytes(Uint8Array.from(bytes))).toBe(shown);
});
