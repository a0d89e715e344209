import { describe, it } from 'vitest';
import { expectFlatAndFast, liveThrough } from './large-bus.ts';

describe('a bus of 200 nodes', () => {
  it('joins, learns of deaths and newcomers, heals, at a cost per node that does not grow', async () => {
    expectFlatAndFast(await liveThrough(200, true, console.log));
  }, 1_200_000);
});
