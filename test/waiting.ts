import { setTimeout as after } from 'node:timers/promises';
import { expect, vi } from 'vitest';

/** Whose list is looked at: a RunningNode here or in an agent. */
interface Looking {
  active(): string[] | Promise<string[]>;
}

/** Waits until the node holds exactly these as active; returns the milliseconds that it took. */
export async function sees(node: Looking, uris: readonly string[], timeout = 20_000): Promise<number> {
  const wanted = [...uris].sort();
  const text = wanted.join();
  const start = performance.now();
  // No failing expectation at each look: a hundred of them a second cost more than the nodes themselves.
  while ((await node.active()).join() !== text && performance.now() - start < timeout) await after(20);
  expect(await node.active()).toEqual(wanted);
  return Math.round(performance.now() - start);
}

/** Waits until the check passes; returns the milliseconds that it took. */
export async function measured(timeout: number, check: () => void | Promise<void>): Promise<number> {
  const start = performance.now();
  await vi.waitFor(check, { timeout, interval: 20 });
  return Math.round(performance.now() - start);
}
