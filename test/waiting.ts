import { expect, vi } from 'vitest';
import type { RunningNode } from './running-node.ts';

/** Waits until the node holds exactly these as active; returns the milliseconds that it took. */
export function sees(running: RunningNode, uris: readonly string[], timeout = 20_000): Promise<number> {
  const wanted = [...uris].sort();
  return measured(timeout, () => expect(running.active()).toEqual(wanted));
}

/** Waits until the check passes; returns the milliseconds that it took. */
export async function measured(timeout: number, check: () => void | Promise<void>): Promise<number> {
  const start = performance.now();
  await vi.waitFor(check, { timeout, interval: 20 });
  return Math.round(performance.now() - start);
}
