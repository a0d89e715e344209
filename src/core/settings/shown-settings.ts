import type { Settings } from '../settings.ts';
import { describeOrigin } from './describe-problem.ts';
import type { Origin } from './read-settings.ts';
import type { SettingDeclaration } from './setting-declaration.ts';
import { SETTING_DECLARATIONS, SETTING_NAMES } from './setting-declarations.ts';

/** A setting as people may see it. */
export interface ShownSetting {
  readonly name: string;
  /** As it is written in a configuration file; `(hidden)` for a secret, undefined where it has no value. */
  readonly value: unknown;
  readonly secret: boolean;
  /** Where the value comes from, in words. */
  readonly source: string;
}

/** All settings as they may be shown, in the order of the reference. */
export function shownSettings(settings: Settings, origins: ReadonlyMap<string, Origin>): readonly ShownSetting[] {
  return SETTING_NAMES.map((name) => {
    const { format, secret }: SettingDeclaration = SETTING_DECLARATIONS[name];
    const value: unknown = settings[name];
    const shown = value === undefined ? undefined : secret ? '(hidden)' : format.write(value);
    return { name, value: shown, secret, source: describeOrigin(origins.get(name) ?? { kind: 'default' }) };
  });
}

/** The same by name, for JSON: `null` stands for no value. */
export function settingsByName(shown: readonly ShownSetting[]): Record<string, { value: unknown; source: string }> {
  return Object.fromEntries(shown.map(({ name, value = null, source }) => [name, { value, source }]));
}
