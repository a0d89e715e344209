import { type CompletedSettings, completeSettings } from '../../core/settings/complete-settings.ts';
import { type Origin, readSettings } from '../../core/settings/read-settings.ts';
import type { SettingDeclaration } from '../../core/settings/setting-declaration.ts';
import { SETTING_DECLARATIONS, SETTING_NAMES } from '../../core/settings/setting-declarations.ts';
import type { Settings } from '../../core/settings.ts';
import { ConfigError } from './config-error.ts';
import { overDefaults } from './convict-settings.ts';
import { ownSurroundings } from './own-surroundings.ts';
import { passwordOf } from './password-file.ts';
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
  const given = overDefaults(readings);
  const password = passwordOf(given, readings);
  const db_password = password.ok ? password.password : undefined;
  const completed = completeSettings({ ...given, db_password }, readings, ownSurroundings(sources.environment));
  // Of what stands in a file that could not be read nobody can say that it is not set.
  const isWholeRead = found.problems.length === 0;
  const all = [
    ...found.problems,
    ...problems,
    ...(password.ok ? [] : [password.problem]),
    ...withoutEchoes(completed, problems).filter(({ setting }) => isWholeRead || readings.has(setting)),
  ];
  if (completed.settings === undefined || all.length > 0) throw new ConfigError(all);
  const fromFile: Origin | undefined =
    given.db_password_file === undefined ? undefined : { kind: 'derived', from: 'db_password_file' };
  const origins = SETTING_NAMES.map((name): [string, Origin] => [
    name,
    readings.get(name)?.origin ??
      completed.derived.get(name) ??
      (name === 'db_password' ? fromFile : undefined) ?? { kind: 'default' },
  ]);
  return { settings: completed.settings, origins: new Map(origins), notes: completed.notes, found };
}

/**
 * A setting that could not be read counts as unset in the cross checks; what they then say about it is no news. Of a setting of named
 * parts they have seen what could be read.
 */
function withoutEchoes(
  completed: CompletedSettings,
  problems: readonly { setting: string }[],
): CompletedSettings['problems'] {
  const whole = problems.filter(({ setting }) => !hasParts(setting));
  const wrong = new Set(whole.map(({ setting }) => setting));
  return completed.problems.filter(({ setting }) => !wrong.has(setting));
}

function hasParts(setting: string): boolean {
  const declarations: Readonly<Record<string, SettingDeclaration>> = SETTING_DECLARATIONS;
  return declarations[setting]?.format.parts !== undefined;
}
