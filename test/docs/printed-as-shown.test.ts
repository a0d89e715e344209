import { describe, expect, it } from 'vitest';
import { printedAsShown } from './printed-as-shown.ts';

describe('what a program printed is what a page shows', () => {
  it.each<[string, string, string]>([
    ['to the letter', 'calls  3', 'calls  3\n'],
    ['with other times', '2026-11-25T21:15:03.120Z hello', '2027-01-01T00:00:00Z hello'],
    ['with other durations', 'answers after 1.2 ms', 'answers after 31 ms'],
    ['with other ids and receipts', '1-0  1l5suy1hydhnwcfyjfj26bz8', '1795682993-4  9c5suy1hydhnwcfyjfj26bz8'],
    ['with columns of other widths', 'NAME  ITEMS', 'NAME            ITEMS'],
    ['with colours', 'active', '\u001b[32mactive\u001b[39m\r\n'],
    ['where it shows that something stands there', 'sip:10.0.0.1:5060  …', 'sip:10.0.0.1:5060  kamailio  4 s'],
    ['where it leaves lines out', 'first\n…\nlast', 'first\nsecond\nthird\nlast'],
    ['where there is nothing to leave out', 'first\n…\nlast', 'first\nlast'],
  ])('%s', (_, shown, printed) => {
    expect(printedAsShown(printed, shown, true)).toBe(true);
  });

  it.each<[string, string, string]>([
    ['has another word', 'calls  served', 'calls  orphan'],
    ['has another number', 'calls  3', 'calls  4'],
    ['has another address', 'sip:10.0.0.1:5060', 'sip:10.0.0.2:5060'],
    ['has a line more', 'first', 'first\nsecond'],
    ['has a line less', 'first\nsecond', 'first'],
    ['has its lines in another order', 'first\nsecond', 'second\nfirst'],
  ])('but not when it %s', (_, shown, printed) => {
    expect(printedAsShown(printed, shown, true)).toBe(false);
  });

  it('as its beginning, while it runs on', () => {
    expect(printedAsShown('started\njoined\n', 'started', false)).toBe(true);
    expect(printedAsShown('joined\n', 'started', false)).toBe(false);
  });
});
