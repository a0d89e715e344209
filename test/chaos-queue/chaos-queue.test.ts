import { expect, it } from 'vitest';
import { machineHas } from '../machine.ts';
import { runChaos } from './chaos.ts';

/** `make chaos-queue` has more rounds. SEED= makes others of them; what a round that goes wrong says has its seed. */
const seed = Number(process.env.SEED || 1);

it.skipIf(!machineHas('redis', 'valkey'))(
  'over 50 lives that are killed and stopped at random, on stores that come and go, no item is lost or doubled, and the order is kept',
  { timeout: 600_000 },
  async () => {
    const tally = await runChaos({ rounds: 50, seed, stores: ['file', 'redis', 'valkey'] });
    expect(tally.rounds).toBe(50);
    expect(tally.items).toBeGreaterThan(1_000);
    for (const ending of ['killed at work', 'killed while stopping', 'stopped'])
      expect(tally.of(ending)).toBeGreaterThan(0);
  },
);
