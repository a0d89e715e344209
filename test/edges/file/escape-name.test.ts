import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeName } from '../../../src/edges/file/escape-name.ts';

describe('the name of a folder', () => {
  it.each([
    ['calls', 'calls'],
    ['kdmq-0', 'kdmq-0'],
    ['a.b_c', 'a.b_c'],
    ['', '%'],
    ['.', '%2e'],
    ['..', '%2e%2e'],
    ['.hidden', '%2ehidden'],
    ['a.', 'a%2e'],
    ['a/b', 'a%2fb'],
    ['a%2fb', 'a%252fb'],
    ['Calls 2', '%43alls%202'],
    ['ü', '%c3%bc'],
    ['\0', '%00'],
  ])('of %j is %s', (name, folder) => {
    expect(escapeName(name)).toBe(folder);
  });

  const names = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'grapheme', minLength: 60, maxLength: 300 }),
  );

  it('is safe, and short enough for every file system', () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(escapeName(name)).toMatch(/^[a-z0-9_%-]([a-z0-9._%-]{0,198}[a-z0-9_%-])?$/);
      }),
    );
  });

  it('is different for different names, also when upper and lower case are the same', () => {
    fc.assert(
      fc.property(names, names, (one, two) => {
        expect(escapeName(one).toLowerCase() === escapeName(two).toLowerCase()).toBe(one === two);
      }),
    );
    const long = 'x'.repeat(500);
    expect(escapeName(`${long}1`)).not.toBe(escapeName(`${long}2`));
  });
});
