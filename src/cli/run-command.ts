import { ConfigError } from '../edges/config/config-error.ts';
import { CommandFailure } from './command-failure.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { note } from './print.ts';
import { printConfigError } from './print-config-error.ts';
import type { StopSignals } from './stop-signals.ts';

/**
 * Runs the work of a command to its end and gives the exit code. What goes wrong is said on standard error. The first signal aborts the
 * work: who ends in peace then gives a code of its own, who throws ends with 128 + the signal.
 */
export async function runCommand(
  work: (signal: AbortSignal) => Promise<number>,
  signals: StopSignals,
): Promise<number> {
  const stop = new AbortController();
  let stoppedBy = 0;
  void signals.first.then((signal) => {
    stoppedBy = signal === 'SIGINT' ? 130 : 143;
    stop.abort();
  });
  // Timers of the clock keep no process alive.
  const alive = setInterval(() => {}, 2 ** 30);
  try {
    return await work(stop.signal);
  } catch (error) {
    if (error instanceof ConfigError) printConfigError(error);
    else if (stop.signal.aborted) note('called off');
    else if (!(error instanceof CommandFailure)) throw error;
    else if (error.message !== '') note(error.message);
    return stoppedBy || exitCodeOf(error);
  } finally {
    clearInterval(alive);
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError) return EXIT_CODES.config;
  return error instanceof CommandFailure ? error.exitCode : EXIT_CODES.software;
}
