import { describe, expect, it } from 'vitest';
import { retryDelay, type SearchReason } from '../../src/core/search-schedule.ts';

const minute = 60_000;

describe('an address that has not answered is asked again', () => {
  it.each<[string, SearchReason, number, number, number | undefined]>([
    ['soon after the first silence', 'listed', 1, 0, 500],
    ['later each time', 'listed', 2, 500, 1_000],
    ['at the latest after 5 s', 'listed', 5, 8_000, 5_000],
    ['for ever where DNS or the configuration names it', 'listed', 1_000_000, 1_000 * minute, 5_000],
    ['each 5 s for ten minutes where it was lost', 'lost', 50, 10 * minute, 5_000],
    ['then each half minute', 'lost', 50, 10 * minute + 1, 30_000],
    ['for an hour', 'lost', 200, 60 * minute, 30_000],
    ['and no more', 'lost', 200, 60 * minute + 1, undefined],
    ['six times in all where somebody named it', 'heard', 5, 10_000, 5_000],
    ['and no more then', 'heard', 6, 15_000, undefined],
  ])('%s (%s)', (_what, reason, tries, searchedMs, expected) => {
    expect(retryDelay(reason, tries, searchedMs)).toBe(expected);
  });
});
