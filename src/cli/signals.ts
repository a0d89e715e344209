import { constants } from 'node:os';
import process from 'node:process';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;
export type StopSignal = (typeof STOP_SIGNALS)[number];

/**
 * Waits for the first SIGTERM or SIGINT; a second one calls `endAtOnce` with 128 + its number. Handlers are needed in
 * a container: the kernel drops signals for process 1 that it has no handler for.
 */
export function firstStopSignal(endAtOnce: (exitCode: number) => void): Promise<StopSignal> {
  return new Promise((resolve) => {
    let stopping = false;
    for (const signal of STOP_SIGNALS) {
      process.on(signal, () => {
        if (stopping) endAtOnce(128 + constants.signals[signal]);
        stopping = true;
        resolve(signal);
      });
    }
  });
}
