import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { whyUnreadable } from '../../src/core/why-unreadable.ts';

const whyOf = (path: string): string => {
  try {
    readFileSync(path);
    return '';
  } catch (error) {
    return whyUnreadable(error);
  }
};

describe('why a file can not be read', () => {
  it.each([
    ['/none', 'does not exist'],
    ['/tmp', 'is a directory, not a file'],
    ['/etc/passwd/x', 'is not reached: a part of its path is not a directory'],
    ['/proc/self/mem', "can't be read (EIO)"],
  ])('%s %s', (path, words) => expect(whyOf(path)).toBe(words));

  it('is said whatever was thrown', () => expect(whyUnreadable('odd')).toBe("can't be read (odd)"));
});
