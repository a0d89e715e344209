import { setTimeout as after } from 'node:timers/promises';
import { StoreError } from '../../src/core/mqueue/store-error.ts';

/** Makes a call again as long as the store is not available, as a queue does. Rejects with anything else, and at the deadline. */
export async function again<T>(call: () => Promise<T>, deadlineMs = 20_000): Promise<T> {
  const start = performance.now();
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const unavailable = error instanceof StoreError && error.code === 'STORE_UNAVAILABLE';
      if (!unavailable || performance.now() - start > deadlineMs) throw error;
      await after(20);
    }
  }
}

/** The error that a call ends with. */
export async function failure(call: Promise<unknown>): Promise<StoreError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StoreError))
    throw new Error(`a StoreError was expected, not ${String(error)}`, { cause: error });
  return error;
}
