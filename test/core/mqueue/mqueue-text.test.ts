import { describe, expect, it } from 'vitest';
import { splitMqueueText } from '../../../src/core/mqueue/mqueue-text.ts';

const ab = [
  [
    ['name', 'a'],
    ['size', '2'],
  ],
  [
    ['name', 'b'],
    ['size', '3'],
  ],
];

describe('a text of definitions', () => {
  it.each([
    ['a blank', 'name=a;size=2 name=b;size=3'],
    ['new lines', '\nname=a;size=2\n\nname=b;size=3\n'],
    ['a blank behind a trailing ;', 'name=a;size=2; name=b;size=3;'],
    ['blanks within', ' name = a ; size = 2 ;\tname = b; size=3 ; '],
    ['a line for each attribute', 'name=a;\n  size=2;\nname=b;\n  size=3;\n'],
    ['nothing between two ;', 'name=a;;size=2;; name=b;;size=3'],
  ])('is taken apart at %s', (_, text) => {
    expect(splitMqueueText(text)).toEqual(ab);
  });

  it('may name the queue anywhere', () => {
    expect(splitMqueueText('size=2;name=a size=3; name=b')).toEqual([
      [
        ['size', '2'],
        ['name', 'a'],
      ],
      [
        ['size', '3'],
        ['name', 'b'],
      ],
    ]);
  });

  it.each([
    ['', []],
    [' ; ;\n', []],
    ['name=a size=2', [[['name', 'a']], [['size', '2']]]],
    ['name=a;name=b', [[...[['name', 'a'] as const, ['name', 'b'] as const]]]],
    ['name', [[['name', undefined]]]],
    ['name=', [[['name', '']]]],
    ['name=a=b', [[['name', 'a=b']]]],
    ['=', [[['', '']]]],
  ])('%j is taken apart as it stands', (text, definitions) => {
    expect(splitMqueueText(text)).toEqual(definitions);
  });

  it.each([' ', '= ', 'name=a; ', 'size=2; ', 'size=2;', ';', 'x'])(
    'takes little time over 20,000 times %j',
    (part) => {
      const text = `name=a; ${part.repeat(20_000)}`;
      const started = performance.now();
      splitMqueueText(text);
      expect(performance.now() - started).toBeLessThan(2000);
    },
  );

  it('may be longer than a stack is deep', () => {
    expect(splitMqueueText(`name=a; ${'size=2;'.repeat(300_000)}`)).toHaveLength(1);
  });
});
