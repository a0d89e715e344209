import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SettingEntry, SettingProblem } from '../../core/settings/read-settings.ts';
import { whyUnreadable } from '../../core/why-unreadable.ts';
import { readTextFile } from './read-text-file.ts';
import type { FileEntries } from './yaml-entries.ts';

/**
 * The settings in a directory of one file a setting, as Kubernetes mounts a ConfigMap or Secret: `..data` and other
 * names that begin with a dot are left out, symbolic links followed, one line break at the end dropped. `namedBy` is
 * the option or variable that names the directory.
 */
export async function directoryEntries(path: string, namedBy: string | undefined): Promise<FileEntries> {
  const entries: SettingEntry[] = [];
  const problems: SettingProblem[] = [];
  const problemAt = (setting: string, at: string, problem: string): void => {
    problems.push({ setting, origin: { kind: 'file', path: at }, shown: undefined, problem, expected: undefined });
  };

  let names: string[];
  try {
    names = await readdir(path);
  } catch (error) {
    problemAt('', path, `${whyUnreadable(error)}${namedBy === undefined ? '' : ` (${namedBy})`}`);
    return { entries, problems };
  }
  for (const name of names.sort()) {
    if (name.startsWith('.')) continue;
    const file = await readTextFile(join(path, name));
    if (!file.ok) problemAt('', join(path, name), file.problem);
    else
      entries.push({
        setting: name,
        raw: file.text.replace(/\r?\n$/, ''),
        origin: { kind: 'file', path: join(path, name) },
      });
  }
  return { entries, problems };
}
