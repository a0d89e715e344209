import type { Redis } from 'ioredis';
import { StoreError } from '../../core/mqueue/store-error.ts';
import { TOUCH } from './partition-scripts.ts';
import { isReply } from './redis-error.ts';
import { runScript } from './script-call.ts';

export interface Safety {
  /** For how long the disk and the replicas are waited for. */
  readonly waitMs: number;
  readonly replicas: number;
  /** Whether the disk is waited for at all. */
  readonly disk: boolean;
  readonly flags: boolean;
}

/**
 * Waits until what was written to a partition is on the disk of its Redis (WAITAOF, where the server knows it and has an append-only
 * file) and on so many replicas (WAIT). Both look at what the same connection wrote, so it writes a little first: the commit itself
 * may have gone over a connection that is lost. Rejects with STORE_UNAVAILABLE when it is not so in time.
 */
export async function waitUntilSafe(node: Redis, key: string, name: string, safety: Safety): Promise<void> {
  const ms = String(safety.waitMs);
  const [, synced, copies] = await Promise.all([
    runScript(node, TOUCH, safety.flags, [key], []).catch(sayMoved(name)),
    safety.disk ? node.call('WAITAOF', '1', '0', ms).catch(notThere) : undefined,
    safety.replicas > 0 ? node.call('WAIT', String(safety.replicas), ms) : undefined,
  ]);
  if (Array.isArray(synced) && Number(synced[0]) < 1) {
    throw new StoreError('STORE_UNAVAILABLE', `${name}: the commit is not on its disk after ${ms} ms`);
  }
  if (copies !== undefined && Number(copies) < safety.replicas) {
    const short = `${Number(copies)} of ${safety.replicas} replicas have the commit after ${ms} ms`;
    throw new StoreError('STORE_UNAVAILABLE', `${name}: ${short}`);
  }
}

/** No WAITAOF, no append-only file, no right to ask: the report of `open` has said so. */
function notThere(error: unknown): undefined {
  if (isReply(error)) return undefined;
  throw error;
}

/** The slot has just moved to another node; the same commit again finds it there. */
function sayMoved(name: string): (error: unknown) => never {
  return (error) => {
    if (isReply(error) && /^(?:MOVED|ASK)\b/.test(error.message)) {
      throw new StoreError('STORE_UNAVAILABLE', `${name}: the slot is being moved to another node`);
    }
    throw error;
  };
}
