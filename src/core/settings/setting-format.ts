/** What reading a value gave: the value, or what is wrong with it in a few words ("is not a number"). */
export type Reading<T> = { readonly ok: true; readonly value: T } | WrongReading;

export interface WrongReading {
  readonly ok: false;
  readonly problem: string;
  readonly suggestion?: string;
  /** Where the value has parts: all that is wrong, one by one. `problem` is then a summary. */
  readonly details?: readonly ReadingDetail[];
  /** What could be read of it, as the format's values are, so that it can be looked at together with other settings all the same. */
  readonly partial?: unknown;
}

/** What is wrong with one part of a value. */
export interface ReadingDetail {
  /** The part and its value as they may be shown; undefined where the whole is meant. */
  readonly shown: string | undefined;
  readonly problem: string;
  readonly expected: string | undefined;
}

/** A value as it is printed and written into a configuration file. */
export type WrittenValue = string | number | boolean | readonly (string | number)[];

/** A piece of JSON Schema (draft 2020-12). */
export type SchemaPart = Readonly<Record<string, unknown>>;

/**
 * How the value of a setting is written. `read` takes what any source gives: text from the environment, the command
 * line and a directory of files, any YAML value from a file. It never throws.
 */
export interface SettingFormat<T> {
  /** Short name for the reference, as "seconds". */
  readonly type: string;
  /** What would be right, continuing "expected …". */
  readonly expected: string;
  /** Stands for the value in the help of the command line. */
  readonly placeholder: string;
  /** A list: the flag may be given several times, the values are then taken together. */
  readonly list?: boolean;
  /** The flag alone, without a value, says yes. */
  readonly flagAlone?: boolean;
  readonly schema: SchemaPart;
  readonly parts?: NamedParts<T>;
  read(raw: unknown): Reading<T>;
  write(value: T): WrittenValue;
  /** What may be shown of a value that could not be read, where the rules for all settings would show too much. */
  show?(raw: string): string;
}

/** For a setting that is made of named parts, and whose parts a source can also give one by one. */
export interface NamedParts<T> {
  /** What one of them is called in errors. */
  readonly noun: string;
  /** Reads a part that the source calls `name`. */
  read(raw: unknown, name: string): Reading<T>;
  names(value: T): readonly string[];
  /** `part` laid over `value`: it takes the place of a part of the same name, or comes last. */
  lay(value: T, part: T): T;
}

export function right<T>(value: T): Reading<T> {
  return { ok: true, value };
}

export function wrong(problem: string, suggestion?: string): Reading<never> {
  return { ok: false, problem, ...(suggestion === undefined ? {} : { suggestion }) };
}

/** The suggestion of a wrong reading, to be put behind its problem. */
export function meant(suggestion: string | undefined): string {
  return suggestion === undefined ? '' : ` (did you mean ${suggestion}?)`;
}

/** What a value is that should have been a text, a number or the like: "a list", "a map", "nothing". */
export function kindOf(raw: unknown): string {
  if (raw === null || raw === undefined) return 'nothing';
  if (Array.isArray(raw)) return 'a list';
  return typeof raw === 'object' ? 'a map' : `a ${typeof raw}`;
}

/**
 * The items of a list setting: a YAML list, or text separated by commas, blanks or new lines. Undefined when it is
 * neither. Items are trimmed; empty ones are left out.
 */
export function listItems(raw: unknown): readonly string[] | undefined {
  if (typeof raw === 'string') return raw.split(/[\s,]+/).filter((item) => item !== '');
  if (!Array.isArray(raw)) return undefined;
  const items: string[] = [];
  for (const item of raw) {
    if (typeof item !== 'string') return undefined;
    const inner = listItems(item);
    if (inner !== undefined) items.push(...inner);
  }
  return items;
}
