import { stat } from 'node:fs/promises';
import {
  CONFIG_DIRECTORY_VARIABLE,
  CONFIG_FILE_VARIABLE,
  environmentEntries,
} from '../../core/settings/environment-entries.ts';
import type { SettingEntry } from '../../core/settings/read-settings.ts';
import { SETTING_NAMES } from '../../core/settings/setting-declarations.ts';
import { directoryEntries } from './directory-entries.ts';
import { readTextFile } from './read-text-file.ts';
import { type FileEntries, yamlEntries } from './yaml-entries.ts';

/** What the process was started with. */
export interface StartInput {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Settings from the command line. */
  readonly flags: readonly SettingEntry[];
  /** `--config` and `--config-dir`. */
  readonly configFile?: string | undefined;
  readonly configDirectory?: string | undefined;
}

/** The sources that are in use; fixed at start, so that a file that vanishes later is noticed. */
export interface SettingSources {
  readonly file: string | undefined;
  readonly directory: string | undefined;
  /** The options or variables that name the two; undefined where they stand in their usual place. */
  readonly namedBy: { readonly file: string | undefined; readonly directory: string | undefined };
  readonly environment: StartInput['environment'];
  readonly flags: readonly SettingEntry[];
}

/** Where a file and a directory are looked for when none is named. They need not be there. */
export interface UsualPlaces {
  readonly file: string;
  readonly directory: string;
}

const USUAL_PLACES: UsualPlaces = { file: '/etc/kdmq/config.yaml', directory: '/etc/kdmq/conf.d' };

/** Finds the sources: what is named must be there, what stands in the usual place is taken when it is there. */
export async function findSources(input: StartInput, usual: UsualPlaces = USUAL_PLACES): Promise<SettingSources> {
  const { environment, flags } = input;
  const file = input.configFile ?? (environment[CONFIG_FILE_VARIABLE] || (await ifThere(usual.file)));
  const directory =
    input.configDirectory ?? (environment[CONFIG_DIRECTORY_VARIABLE] || (await ifThere(usual.directory)));
  const namedBy = {
    file: namedByOf(input.configFile, '--config', environment, CONFIG_FILE_VARIABLE),
    directory: namedByOf(input.configDirectory, '--config-dir', environment, CONFIG_DIRECTORY_VARIABLE),
  };
  return { file, directory, namedBy, environment, flags };
}

function namedByOf(
  given: string | undefined,
  option: string,
  environment: StartInput['environment'],
  variable: string,
): string | undefined {
  if (given !== undefined) return option;
  return environment[variable] ? variable : undefined;
}

/** Reads all sources, the weakest first: file, directory, environment, command line. */
export async function readSources(sources: SettingSources): Promise<FileEntries> {
  const file = sources.file === undefined ? NOTHING : await fileEntries(sources.file, sources.namedBy.file);
  const directory =
    sources.directory === undefined ? NOTHING : await directoryEntries(sources.directory, sources.namedBy.directory);
  const environment = environmentEntries(sources.environment, SETTING_NAMES);
  return {
    entries: [...file.entries, ...directory.entries, ...environment, ...sources.flags],
    problems: [...file.problems, ...directory.problems],
  };
}

const NOTHING: FileEntries = { entries: [], problems: [] };

async function fileEntries(path: string, namedBy: string | undefined): Promise<FileEntries> {
  const file = await readTextFile(path);
  if (file.ok) return yamlEntries(file.text, path);
  const origin = { kind: 'file', path } as const;
  const problem = namedBy === undefined ? file.problem : `${file.problem} (${namedBy})`;
  return {
    entries: [],
    problems: [{ setting: '', origin, shown: undefined, problem, expected: undefined }],
  };
}

async function ifThere(path: string): Promise<string | undefined> {
  try {
    await stat(path);
    return path;
  } catch {
    return undefined;
  }
}
