import { stringify } from 'yaml';
import { settingsSchema } from '../core/settings/settings-schema.ts';
import { settingsByName, shownSettings } from '../core/settings/shown-settings.ts';
import { ConfigError } from '../edges/config/config-error.ts';
import { type LoadedSettings, loadSettings } from '../edges/config/load-settings.ts';
import { findSources, type StartInput } from '../edges/config/setting-sources.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { toStandardError } from './print.ts';
import { printConfigError } from './print-config-error.ts';
import { standardOutput } from './standard-output.ts';

/** `kdmq config`: the effective configuration, each value with its source. Notes go to standard error. */
export async function printConfig(input: StartInput, output: 'yaml' | 'json'): Promise<number> {
  try {
    const loaded = await loadSettings(await findSources(input));
    standardOutput().write(output === 'json' ? asJson(loaded) : asYaml(loaded));
    for (const note of loaded.notes) toStandardError(`kdmq: note: ${note}\n`);
    return EXIT_CODES.ok;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    printConfigError(error);
    return EXIT_CODES.config;
  }
}

/** `kdmq config schema`. */
export async function printSchema(): Promise<number> {
  standardOutput().write(`${JSON.stringify(settingsSchema(), undefined, 2)}\n`);
  return EXIT_CODES.ok;
}

/** A file that could be given to `--config`; what has no value, or a secret one, stands in a comment. */
function asYaml({ settings, origins }: LoadedSettings): string {
  return shownSettings(settings, origins)
    .map(({ name, value, secret, source }) => {
      if (value === undefined) return `# ${name}: not set\n`;
      if (secret) return `# ${name}: ${String(value)}, ${source}\n`;
      const [first = '', ...rest] = stringify({ [name]: value })
        .trimEnd()
        .split('\n');
      return `${[`${first.padEnd(40)} # ${source}`, ...rest].join('\n')}\n`;
    })
    .join('');
}

function asJson({ settings, origins }: LoadedSettings): string {
  return `${JSON.stringify(settingsByName(shownSettings(settings, origins)), undefined, 2)}\n`;
}
