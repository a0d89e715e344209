import { describe, expect, it } from 'vitest';
import { machineHas } from '../machine.ts';
import { runChaos } from './chaos.ts';
import type { StoreKind } from './store-ground.ts';

const rounds = 50;

describe('queues whose processes and stores are killed at random', () => {
  it(`lose nothing and double nothing in ${rounds} rounds`, async () => {
    const all: readonly StoreKind[] = ['file', 'redis', 'valkey'];
    const stores = all.filter((kind) => kind === 'file' || machineHas(kind));
    const tally = await runChaos({ rounds, seed: 1, stores });
    console.info(String(tally));
    expect(tally.rounds).toBe(rounds);
  }, 300_000);
});
