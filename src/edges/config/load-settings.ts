import { type CompletedSettings, completeSettings } from '../../core/settings/complete-settings.ts';
import { type Origin, readSettings } from '../../core/settings/read-settings.ts';
import { SETTING_DECLARATIONS, SETTING_NAMES } from '../../core/settings/setting-declarations.ts';
import type { Settings } from '../../core/settings.ts';
import { ConfigError } from './config-error.ts';
import { overDefaults } from './convict-settings.ts';
import { readSources, type SettingSources } from './setting-sources.ts';
import type { FileEntries } from './yaml-entries.ts';

/** The settings of the node, and where each came from. */
export interface LoadedSettings {
  readonly settings: Settings;
  readonly origins: ReadonlyMap<string, Origin>;
  /** What is allowed, but should be said once. */
  readonly notes: readonly string[];
  /** What the sources held, to see later whether they have changed. */
  readonly found: FileEntries;
}

/** Reads all sources and checks everything. Throws a {@link ConfigError} with all that is wrong. */
export async function loadSettings(sources: SettingSources): Promise<LoadedSettings> {
  return settle(await readSources(sources), sources);
}

/** As {@link loadSettings}, for sources that have been read already. */
export function settle(found: FileEntries, sources: Pick<SettingSources, 'environment'>): LoadedSettings {
  const { readings, problems } = readSettings(found.entries, SETTING_DECLARATIONS);
  const completed = completeSettings(overDefaults(readings), readings, sources.environment);
  const all = [...found.problems, ...problems, ...withoutEchoes(completed, problems)];
  if (completed.settings === undefined || all.length > 0) throw new ConfigError(all);
  const origins = SETTING_NAMES.map((name): [string, Origin] => [
    name,
    readings.get(name)?.origin ?? completed.derived.get(name) ?? { kind: 'default' },
  ]);
  return { settings: completed.settings, origins: new Map(origins), notes: completed.notes, found };
}

/** A setting that could not be read counts as unset in the cross checks; what they then say about it is no news. */
function withoutEchoes(
  completed: CompletedSettings,
  problems: readonly { setting: string }[],
): CompletedSettings['problems'] {
  const wrong = new Set(problems.map(({ setting }) => setting));
  return completed.problems.filter(({ setting }) => !wrong.has(setting));
}
