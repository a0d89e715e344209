import { isatty } from 'node:tty';
import type { ConfigError } from '../edges/config/config-error.ts';
import type { SettingSources } from '../edges/config/setting-sources.ts';
import { wantedLogFormat } from '../edges/config/wanted-log-format.ts';
import { openLog } from '../edges/log/pino-log.ts';
import { printConfigError } from './print-config-error.ts';

const STANDARD_OUTPUT = 1;

/** Says why a node is not started: where its log would be lines of JSON as one of them, else in lines for people on standard error. */
export async function logConfigError(error: ConfigError, sources: SettingSources): Promise<void> {
  const format = await wantedLogFormat(sources);
  if (format === 'pretty' || (format === 'auto' && isatty(STANDARD_OUTPUT))) return printConfigError(error);
  const log = await openLog({ level: 'error', format: 'json', descriptor: STANDARD_OUTPUT });
  log.error('the configuration is wrong', { problems: error.lines });
  await log.close();
}
