import { closestName } from '../closest-name.ts';
import { maskPasswords } from '../mask-passwords.ts';
import { environmentName, flagName, type SettingDeclaration } from './setting-declaration.ts';
import { meant } from './setting-format.ts';

/** Where a value was found. A file of a directory of files has no line. */
export type Origin =
  | { readonly kind: 'default' }
  | { readonly kind: 'derived'; readonly from: string }
  | { readonly kind: 'file'; readonly path: string; readonly line?: number }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'flag'; readonly name: string };

/** A value as a source has it. `setting` is what the source calls it, known or not. */
export interface SettingEntry {
  readonly setting: string;
  readonly raw: unknown;
  readonly origin: Origin;
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
    else if (!isNothing(entry)) readEntry(entry, declaration, readings, problems);
  }
  return { readings, problems };
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
  problems: SettingProblem[],
): void {
  const reading = declaration.format.read(entry.raw);
  if (reading.ok) {
    readings.set(entry.setting, { value: reading.value, origin: entry.origin });
    return;
  }
  problems.push({
    setting: entry.setting,
    origin: entry.origin,
    shown: shownValue(entry.raw, declaration.secret),
    problem: declaration.secret ? 'is not what is expected' : `${reading.problem}${meant(reading.suggestion)}`,
    expected: declaration.format.expected,
  });
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
