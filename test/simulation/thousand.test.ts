import { describe, it } from 'vitest';
import { expectFlatAndFast, liveThrough } from './large-bus.ts';

describe('a bus of 1,000 nodes', () => {
  it('joins, learns of deaths and newcomers, at a cost per node that does not grow', async () => {
    expectFlatAndFast(await liveThrough(1_000, false, console.log));
  }, 1_500_000);
});
