import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfigTokens } from '../../../src/core/kamailio-config/config-token.ts';

const shown = (source: string) => readConfigTokens(source).map(({ kind, text, line }) => `${line} ${kind} ${text}`);

describe('the tokens of a Kamailio configuration', () => {
  it.each<[what: string, source: string, tokens: readonly string[]]>([
    ['an assignment', 'listen=udp:10.0.0.1:5060', ['1 word listen', '1 sign =', '1 word udp:10.0.0.1:5060']],
    ['comments to the end of the line', 'a # b\nc // d\n#e', ['1 word a', '2 word c']],
    ['a comment over lines', 'a /* b\nc */ d', ['1 word a', '2 word d']],
    ['a comment that never ends', 'a /* b', ['1 word a']],
    ['double quotes with escapes', String.raw`"a\"b\\c\n#"`, ['1 text a"b\\c\n#']],
    ['single quotes without them', String.raw`'a\n"//'`, [String.raw`1 text a\n"//`]],
    ['a text over lines', '"a\nb" c', ['1 text a\nb', '2 word c']],
    ['a text that never ends', '"a', ['1 text a']],
    ['directives', '#!define A 1\n  !!ifdef B', ['1 directive define A 1', '2 directive ifdef B']],
    ['a directive over lines', '#!define A 1 \\\n 2\nb', ['1 directive define A 1   2', '3 word b']],
    ['no directive within a line', 'a #!define', ['1 word a']],
    ['an IPv6 address', 'udp:[::1]:5060', ['1 word udp:[::1]:5060']],
  ])('%s', (_, source, tokens) => {
    expect(shown(source)).toEqual(tokens);
  });

  it('are read from anything, and their lines never go back', () => {
    const piece = fc.constantFrom('"', "'", '/*', '*/', '//', '#', '#!', '\\', '\n', '=', '(', 'modparam', ' ', 'a');
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const tokens = readConfigTokens(pieces.join(''));
        expect(tokens.map(({ line }) => line)).toEqual(tokens.map(({ line }) => line).sort((one, two) => one - two));
      }),
    );
  });
});
