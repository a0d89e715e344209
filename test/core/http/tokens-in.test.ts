import { describe, expect, it } from 'vitest';
import { tokensIn } from '../../../src/core/http/tokens-in.ts';

const token = 'abcdefghijklmnop';

describe('a file of tokens', () => {
  it.each([
    [`${token}\n`, [token]],
    [`\n ${token} \r\n\n${token}-2==\n`, [token, `${token}-2==`]],
    ['', []],
  ])('%j', (text, value) => expect(tokensIn(text)).toEqual({ ok: true, value }));

  it.each([
    [`${token}\nshort\n`, 'is shorter than 16 characters in line 2'],
    [`${token} ${token}\n`, 'holds a character that no token has in line 1'],
    ['x'.repeat(513), 'is longer than 512 characters in line 1'],
    [`${token}\n`.repeat(101), 'holds more than 100 tokens'],
  ])('%j is refused, and no token is shown', (text, problem) => {
    expect(tokensIn(text)).toEqual({ ok: false, problem });
  });
});
