import type { ConfigError } from '../edges/config/config-error.ts';
import { toStandardError } from './print.ts';

/** All that is wrong, one line each, on standard error. */
export function printConfigError(error: ConfigError): void {
  const { lines } = error;
  const head =
    lines.length === 1 ? 'the configuration is wrong' : `${lines.length} things are wrong in the configuration`;
  toStandardError(`kdmq: ${head}:\n${lines.map((line) => `  ${line}\n`).join('')}`);
}
