import { closestName } from '../closest-name.ts';
import { maskPasswords } from '../mask-passwords.ts';
import { environmentName, flagName, type SettingDeclaration } from './setting-declaration.ts';
import { meant, type NamedParts, type WrongReading, wrong } from './setting-format.ts';

/** Where a value was found. A file of a directory of files has no line. */
export type Origin =
  | { readonly kind: 'default' }
  | { readonly kind: 'derived'; readonly from: string }
  | { readonly kind: 'file'; readonly path: string; readonly line?: number }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'flag'; readonly name: string }
  /** Parts of the value come from different sources. */
  | { readonly kind: 'several'; readonly origins: readonly Origin[] };

/** A value as a source has it. `setting` is what the source calls it, known or not. */
export interface SettingEntry {
  readonly setting: string;
  readonly raw: unknown;
  readonly origin: Origin;
  /** The name of a part: `raw` is not the whole value, but is added to what weaker sources say. */
  readonly part?: string;
}

/** One thing that is wrong with the configuration. */
export interface SettingProblem {
  readonly setting: string;
  readonly origin: Origin;
  /** The value as it may be shown: shortened, secrets masked. Undefined where there is none. */
  readonly shown: string | undefined;
  /** What is wrong, continuing the value: "is not a number". */
  readonly problem: string;
  /** What would be right. */
  readonly expected: string | undefined;
}

/** A value that has been read, and where it came from. */
export interface SettingReading {
  readonly value: unknown;
  readonly origin: Origin;
  /** For a setting of named parts: where each of them comes from. */
  readonly parts?: ReadonlyMap<string, Origin>;
}

export interface SettingReadings {
  /** By name of the setting; later sources win. */
  readonly readings: ReadonlyMap<string, SettingReading>;
  readonly problems: readonly SettingProblem[];
}

type Declarations = Readonly<Record<string, SettingDeclaration>>;

/**
 * Reads all entries, the weakest source first. Every entry is checked, also one that a stronger source overrides: it
 * would come to light when the stronger one goes away. A value of nothing (an empty variable or file, a YAML key
 * without a value) leaves the setting unset.
 */
export function readSettings(entries: readonly SettingEntry[], declarations: Declarations): SettingReadings {
  const readings = new Map<string, SettingReading>();
  const problems: SettingProblem[] = [];
  for (const entry of entries) {
    const declaration = Object.hasOwn(declarations, entry.setting) ? declarations[entry.setting] : undefined;
    if (declaration === undefined) problems.push(unknownSetting(entry, Object.keys(declarations)));
    else if (!isNothing(entry)) {
      const wrongs = readEntry(entry, declaration, readings);
      const isSetting = entry.part === undefined ? undefined : settingMeant(entry, Object.keys(declarations));
      for (const one of wrongs) problems.push(isSetting === undefined ? one : orMeant(one, isSetting));
    }
  }
  return { readings, problems };
}

/** Where a setting comes from, or one of its parts. */
export function originOf(readings: ReadonlyMap<string, SettingReading>, setting: string, part?: string): Origin {
  const reading = readings.get(setting);
  return (part === undefined ? undefined : reading?.parts?.get(part)) ?? reading?.origin ?? { kind: 'default' };
}

/** The value in quotes, shortened, with what must not be seen masked. */
export function shownValue(raw: unknown, secret: boolean): string {
  if (secret || (typeof raw === 'string' && raw.includes('PRIVATE KEY'))) return '(hidden)';
  // Masked before it is cut: a cut could take away the sign by which a password is known.
  const text = maskPasswords(JSON.stringify(raw) ?? String(raw));
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function readEntry(
  entry: SettingEntry,
  declaration: SettingDeclaration,
  readings: Map<string, SettingReading>,
): readonly SettingProblem[] {
  const { format } = declaration;
  const { setting, origin, part } = entry;
  const reading = part === undefined ? format.read(entry.raw) : (format.parts?.read(entry.raw, part) ?? NO_PARTS);
  const value = reading.ok ? reading.value : reading.partial;
  const problems = reading.ok ? [] : problemsOf(entry, declaration, reading);
  if (value === undefined) return problems;
  if (format.parts === undefined) readings.set(setting, { value, origin });
  else if (part === undefined) readings.set(setting, whole(value, origin, format.parts));
  else return [...problems, ...addPart(entry, value, format.parts, readings)];
  return problems;
}

const NO_PARTS = wrong('has no parts that could be set one by one');

function whole(value: unknown, origin: Origin, parts: NamedParts<unknown>): SettingReading {
  return { value, origin, parts: new Map(parts.names(value).map((name) => [name, origin])) };
}

/** Lays a part over what weaker sources say. Two sources of parts are equally strong: both must not name the same part. */
function addPart(
  { setting, origin }: SettingEntry,
  value: unknown,
  parts: NamedParts<unknown>,
  readings: Map<string, SettingReading>,
): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  const under = readings.get(setting);
  const names = parts.names(value);
  const origins = new Map(under?.parts);
  for (const name of names) {
    const other = origins.get(name);
    if (other?.kind === 'variable' && other.name !== environmentName(setting)) {
      const problem = `is defined twice, in ${other.name} too`;
      problems.push({ setting, origin, shown: `${parts.noun} ${name}`, problem, expected: 'each name once' });
    }
    origins.set(name, origin);
  }
  readings.set(setting, {
    value: under === undefined ? value : parts.lay(under.value, value),
    origin: together([...origins.values()]),
    parts: origins,
  });
  return problems;
}

function together(origins: readonly Origin[]): Origin {
  const different = [...new Set(origins)];
  const [first] = different;
  return first !== undefined && different.length === 1 ? first : { kind: 'several', origins: different };
}

function problemsOf(
  { setting, origin, raw, part }: SettingEntry,
  { secret, format }: SettingDeclaration,
  { problem, suggestion, details }: WrongReading,
): readonly SettingProblem[] {
  if (details !== undefined && !secret) return details.map((detail) => ({ setting, origin, ...detail }));
  const shown = typeof raw === 'string' ? (format.show?.(raw) ?? raw) : raw;
  return [
    {
      setting,
      origin,
      shown: `${part === undefined ? '' : `${part} `}${shownValue(shown, secret)}`,
      problem: secret ? 'is not what is expected' : `${problem}${meant(suggestion)}`,
      expected: format.expected,
    },
  ];
}

/** The setting whose name was probably misspelt, when a value reads as no part of any setting: KDMQ_MQUEUE_ADOPTT=on. */
function settingMeant({ setting, raw, origin }: SettingEntry, names: readonly string[]): string | undefined {
  if (origin.kind !== 'variable' || String(raw).includes('=')) return undefined;
  const longer = names.filter((name) => name.startsWith(`${setting}_`));
  const closest = closestName(origin.name.replace(/^KDMQ_/, ''), longer);
  return closest === undefined ? undefined : environmentName(closest);
}

function orMeant(problem: SettingProblem, variable: string): SettingProblem {
  return { ...problem, expected: `${problem.expected ?? 'something else'}; or ${variable}, if that was meant` };
}

function isNothing({ raw, origin }: SettingEntry): boolean {
  return raw === null || raw === undefined || (raw === '' && origin.kind !== 'flag');
}

function unknownSetting({ setting, origin }: SettingEntry, names: readonly string[]): SettingProblem {
  const closest = closestName(origin.kind === 'variable' ? setting.replace(/^KDMQ_/, '') : setting, names);
  return {
    setting,
    origin,
    shown: undefined,
    problem: 'is not a setting',
    expected: closest === undefined ? undefined : `${nameAt(origin, closest)}, if that was meant`,
  };
}

function nameAt(origin: Origin, setting: string): string {
  if (origin.kind === 'variable') return environmentName(setting);
  return origin.kind === 'flag' ? flagName(setting) : setting;
}
