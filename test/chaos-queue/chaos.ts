import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loopbackAddresses } from '../loopback.ts';
import { ChaosTally } from './chaos-tally.ts';
import { ChaosWorld } from './chaos-world.ts';
import { FileGround, RedisGround, type StoreKind } from './store-ground.ts';

export interface ChaosOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly stores: readonly StoreKind[];
  /** Called now and then with what has been done so far. */
  readonly progress?: (tally: ChaosTally) => void;
}

/** Rounds on all stores at the same time. Rejects with a RoundFailure at the first round that goes wrong. */
export async function runChaos({ rounds, seed, stores, progress }: ChaosOptions): Promise<ChaosTally> {
  const nextAddress = await loopbackAddresses(import.meta.filename);
  const tally = new ChaosTally();
  const compiled = mkdtempSync(join(tmpdir(), 'kdmq-compiled-'));
  let next = 0;
  let failed = false;

  async function onStore(kind: StoreKind, index: number): Promise<void> {
    const ground = kind === 'file' ? new FileGround() : await RedisGround.start(kind, nextAddress);
    const world = new ChaosWorld({ ground, seed: seed + index, address: nextAddress(), compiled, tally });
    try {
      await world.lookOnce();
      for (let round = next++; round < rounds && !failed; round = next++) {
        await world.round(round);
        progress?.(tally);
      }
      if (!failed) await world.lookOnce();
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      tally.items += world.items;
      for (const [what, times] of ground.troubles) tally.count(what, times);
      await ground.destroy();
    }
  }

  try {
    const outcomes = await Promise.allSettled(stores.map(onStore));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    return tally;
  } finally {
    rmSync(compiled, { recursive: true, force: true });
  }
}
