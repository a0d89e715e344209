import { readSettings } from '../../core/settings/read-settings.ts';
import { SETTING_DECLARATIONS } from '../../core/settings/setting-declarations.ts';
import type { Settings } from '../../core/settings.ts';
import { readSources, type SettingSources } from './setting-sources.ts';

/** `log_format` of a configuration that may be wrong elsewhere: what can be read of it counts, else the default. */
export async function wantedLogFormat(sources: SettingSources): Promise<Settings['log_format']> {
  const { entries } = await readSources(sources);
  const own = entries.filter(({ setting }) => setting === 'log_format');
  const { readings } = readSettings(own, SETTING_DECLARATIONS);
  const format = readings.get('log_format')?.value ?? SETTING_DECLARATIONS.log_format.default;
  return format as Settings['log_format'];
}
