import type { Log } from '../ports/telemetry.ts';

/**
 * Calls a callback of the program that uses the node. What it throws or rejects with is logged and goes no further: the bus lives on.
 * `what` names the callback in the log.
 */
export function callProgram(log: Log, what: string, callback: () => unknown): void {
  const failed = (cause: unknown): void => {
    log.error(`${what} failed`, { error: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) });
  };
  try {
    const result = callback();
    if (result instanceof Promise) result.catch(failed);
  } catch (cause) {
    failed(cause);
  }
}
