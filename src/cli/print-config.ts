import process from 'node:process';
import { stringify } from 'yaml';
import { describeOrigin } from '../core/settings/describe-problem.ts';
import type { SettingDeclaration } from '../core/settings/setting-declaration.ts';
import { SETTING_DECLARATIONS, SETTING_NAMES } from '../core/settings/setting-declarations.ts';
import { settingsSchema } from '../core/settings/settings-schema.ts';
import { ConfigError } from '../edges/config/config-error.ts';
import { type LoadedSettings, loadSettings } from '../edges/config/load-settings.ts';
import { findSources, type StartInput } from '../edges/config/setting-sources.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { printConfigError } from './print-config-error.ts';
import { standardOutput } from './standard-output.ts';

/** `kdmq config`: the effective configuration, each value with its source. Notes go to standard error. */
export async function printConfig(input: StartInput, output: 'yaml' | 'json'): Promise<number> {
  try {
    const loaded = await loadSettings(await findSources(input));
    standardOutput().write(output === 'json' ? asJson(loaded) : asYaml(loaded));
    for (const note of loaded.notes) process.stderr.write(`kdmq: note: ${note}\n`);
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

interface PrintedSetting {
  readonly name: string;
  /** Undefined: it has no value. */
  readonly value: unknown;
  readonly secret: boolean;
  readonly source: string;
}

function printedSettings({ settings, origins }: LoadedSettings): PrintedSetting[] {
  return SETTING_NAMES.map((name) => {
    const { format, secret }: SettingDeclaration = SETTING_DECLARATIONS[name];
    const value: unknown = settings[name];
    const shown = value === undefined ? undefined : secret ? '(hidden)' : format.write(value);
    return { name, value: shown, secret, source: describeOrigin(origins.get(name) ?? { kind: 'default' }) };
  });
}

/** A file that could be given to `--config`; what has no value, or a secret one, stands in a comment. */
function asYaml(loaded: LoadedSettings): string {
  return printedSettings(loaded)
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

function asJson(loaded: LoadedSettings): string {
  const entries = printedSettings(loaded).map(({ name, value, source }) => [name, { value: value ?? null, source }]);
  return `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`;
}
