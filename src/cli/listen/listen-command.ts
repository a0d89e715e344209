import type { StartInput } from '../../edges/config/setting-sources.ts';

/** What `kdmq listen` was asked for. */
export interface ListenCommand {
  readonly input: StartInput;
  readonly channels: readonly string[];
  /** Ends after so many messages; undefined: at a signal. */
  readonly count: number | undefined;
  readonly output: 'text' | 'json';
}
