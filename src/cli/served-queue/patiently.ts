import { setTimeout as after } from 'node:timers/promises';
import { NodeRefusal } from '../node-api/node-refusal.ts';

const WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** A node that says so often in a row that it is asked too much is given up. */
const MOST_WAITS = 60;

/**
 * Asks a node until it does not say any more that it is asked too much (429), and gives it the time that it wants. Called off while it waits, it
 * rejects with that refusal: nothing was done.
 */
export async function patiently<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  for (let waits = 0; ; waits += 1) {
    try {
      return await ask();
    } catch (error) {
      const refused = error instanceof NodeRefusal ? error.answer : undefined;
      if (refused?.status !== 429 || waits >= MOST_WAITS) throw error;
      await after(Math.min(refused.retryAfterMs ?? WAIT_MS, LONGEST_WAIT_MS), undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}
