import type { Settings } from '../settings.ts';
import type { SettingName } from './setting-declaration.ts';
import { SETTING_DECLARATIONS, SETTING_NAMES } from './setting-declarations.ts';

export interface ChangedSettings {
  /** The running settings with all changes that take effect at once. */
  readonly settings: Settings;
  readonly applied: readonly SettingName[];
  /** Changed too, but only taken up by a restart. */
  readonly needRestart: readonly SettingName[];
}

/** What newly read settings mean for a node that runs already. */
export function changeSettings(running: Settings, next: Settings): ChangedSettings {
  const changed = SETTING_NAMES.filter((name) => JSON.stringify(running[name]) !== JSON.stringify(next[name]));
  const applied = changed.filter((name) => SETTING_DECLARATIONS[name].reloadable);
  const needRestart = changed.filter((name) => !SETTING_DECLARATIONS[name].reloadable);
  const taken = Object.fromEntries(applied.map((name) => [name, next[name]]));
  return { settings: { ...running, ...taken }, applied, needRestart };
}
