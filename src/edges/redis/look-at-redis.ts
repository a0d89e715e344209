import { performance } from 'node:perf_hooks';
import type { StoreError } from '../../core/mqueue/store-error.ts';
import type { PartitionAddress } from '../../ports/queue-store.ts';
import { PartitionKeys } from './partition-keys.ts';
import { PROBE } from './partition-scripts.ts';
import { RedisConnection } from './redis-connection.ts';
import type { RedisStoreOptions } from './redis-store-options.ts';
import { refusalOf } from './script-refusal.ts';

/** What a Redis looks like to who wants to keep queues there. */
export interface RedisLook {
  /** How far the clock of each master is ahead of the one here, and how wrong that may be. Milliseconds. */
  readonly clocks: readonly { readonly aheadMs: number; readonly errorMs: number }[];
  /** The first right that the user lacks. */
  readonly refusal: StoreError | undefined;
}

/**
 * Compares clocks by TIME, and tries on keys that hold nothing whether the user may do what a queue of that address needs. Rejects with a
 * StoreError.
 */
export async function lookAtRedis(
  options: RedisStoreOptions,
  address: PartitionAddress,
  signal: AbortSignal,
): Promise<RedisLook> {
  const connection = new RedisConnection(options);
  try {
    await connection.open(signal);
    const reply = await connection.script('the trial of its rights', PROBE, [...new PartitionKeys(address).probe], []);
    const refusal = reply[0] === 'ok' ? undefined : refusalOf(reply, connection.name, address);
    const clocks = await connection.onMasters('TIME', async (node) => {
      const askedAt = performance.now();
      const [seconds, microseconds] = await node.time();
      const errorMs = (performance.now() - askedAt) / 2;
      const theirs = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
      return { aheadMs: theirs - (options.clock.wallTime() - errorMs), errorMs };
    });
    return { clocks, refusal };
  } finally {
    connection.close();
  }
}
