import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLines } from '../../src/cli/read-lines.ts';

async function* chunks(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

async function linesOf(parts: readonly Uint8Array[], longest = 1_000): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = [];
  for await (const { number, bytes } of readLines(chunks(...parts), longest)) {
    expect(number).toBe(found.length + 1);
    found.push(bytes && Buffer.from(bytes).toString());
  }
  return found;
}

describe('lines of a stream', () => {
  it.each<[string[], string[]]>([
    [[], []],
    [[''], []],
    [['a'], ['a']],
    [['a\n'], ['a']],
    [['\n'], ['']],
    [['a\n\nb'], ['a', '', 'b']],
    [
      ['a', 'b\nc', '\n', 'd'],
      ['ab', 'c', 'd'],
    ],
  ])('%j are %j', async (parts, lines) => {
    expect(await linesOf(parts.map((part) => Buffer.from(part)))).toEqual(lines);
  });

  it('are the same however the bytes are cut', async () => {
    const content = fc.array(fc.constantFrom(10, 13, 97, 0xc3, 0xff), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(content, fc.nat({ max: 7 }), async (bytes, size) => {
        const whole = Buffer.from(bytes);
        const parts = bytes.map((_, index) => whole.subarray(index * (size + 1), (index + 1) * (size + 1)));
        expect(await linesOf(parts)).toEqual(await linesOf([whole]));
      }),
    );
  });

  it('that are too long are passed over, and counted', async () => {
    const long = Buffer.alloc(5, 97);
    expect(await linesOf([long, long, Buffer.from('\nb\n'), long, long], 9)).toEqual([undefined, 'b', undefined]);
    expect(await linesOf([long, long], 10)).toEqual(['aaaaaaaaaa']);
  });
});
