import type { StartInput } from '../edges/config/setting-sources.ts';

/** What the commands of the command line are declared with. */
export interface CommandRun {
  readonly environment: StartInput['environment'];
  /** Runs what a command does, which is loaded only then, and takes its exit code. The signal is aborted by SIGINT and SIGTERM. */
  readonly run: (work: (signal: AbortSignal) => Promise<number>) => Promise<void>;
}
