import type { Settings } from '../../core/settings.ts';
import { settle } from './load-settings.ts';

/** Values of settings as a configuration file has them: texts, numbers, booleans, lists. */
export type SettingValues = { readonly [Name in keyof Settings]?: unknown };

/** Reads and checks settings that a program gives. Throws a ConfigError with all that is wrong. */
export function parseSettings(values: SettingValues): Settings {
  const entries = Object.entries(values).map(([setting, raw]) => ({
    setting,
    raw,
    origin: { kind: 'derived' as const, from: 'the options of createNode' },
  }));
  return settle({ entries, problems: [] }, { environment: {} }).settings;
}
