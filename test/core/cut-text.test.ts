import { describe, expect, it } from 'vitest';
import { cutText } from '../../src/core/cut-text.ts';

describe('a text of a stranger', () => {
  it.each([
    ['is shown as it is', 'calls', 'calls'],
    ['is cut where it is longer than anybody wants', 'callsx', 'calls…'],
    ['is well-formed where the cut goes through a character', 'call\u{1F600}', 'call\uFFFD…'],
  ])('%s', (_, text, shown) => {
    expect(cutText(text, 5)).toBe(shown);
  });
});
