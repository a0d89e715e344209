import type { StartInput } from '../../edges/config/setting-sources.ts';

/** What `kdmq import` was asked for. */
export interface ConfigImportCommand {
  /** A file, `-` for standard input. */
  readonly file: string;
  /** `NAME` or `NAME=value`, as `kamailio -A` has them. */
  readonly defines: readonly string[];
  readonly environment: StartInput['environment'];
}
