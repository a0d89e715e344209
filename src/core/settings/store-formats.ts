import { kindOf, right, type SettingFormat, wrong } from './setting-format.ts';

/** What a partition may be called: it stands in the keys of Redis between `{`, `:` and `}`, and in paths. */
const PARTITION = /^(?!\.{1,2}$)[^\s{}:/\p{Cc}]{1,63}$/u;

/** The name of a partition; a whole number is taken too, as the ordinal of a StatefulSet stands in YAML. */
export const partitionFormat: SettingFormat<string> = {
  type: 'text',
  expected: '1 to 63 characters without blanks, { } : and /',
  placeholder: 'name',
  schema: { type: ['string', 'integer'], minimum: 0, pattern: '^(?!\\.{1,2}$)[^\\s{}:\\/]{1,63}$' },
  read(raw) {
    if (Number.isSafeInteger(raw) && Number(raw) >= 0) return right(String(raw));
    if (typeof raw !== 'string') return wrong(`is ${kindOf(raw)}`);
    return PARTITION.test(raw) ? right(raw) : wrong("can't be the name of a partition");
  },
  write: (value) => value,
};

const CLUSTER = /^[a-z0-9.-]{1,63}$/;

/** The name that a cluster's nodes share. */
export const clusterNameFormat: SettingFormat<string> = {
  type: 'text',
  expected: '1 to 63 lower-case letters, digits, - and .',
  placeholder: 'name',
  schema: { type: 'string', pattern: CLUSTER.source },
  read(raw) {
    if (typeof raw !== 'string') return wrong(`is ${kindOf(raw)}`);
    if (CLUSTER.test(raw)) return right(raw);
    return wrong("can't be the name of a cluster", CLUSTER.test(raw.toLowerCase()) ? raw.toLowerCase() : undefined);
  },
  write: (value) => value,
};

/** A user's name or password: any text without line breaks. */
export function credential(what: string): SettingFormat<string> {
  return {
    type: 'text',
    expected: `${what}: a text without line breaks, in quotes where YAML would read a number`,
    placeholder: what,
    schema: { type: 'string', minLength: 1 },
    read(raw) {
      if (typeof raw !== 'string') return wrong(`is ${kindOf(raw)}`);
      if (raw === '') return wrong('is empty');
      return /\p{Cc}/u.test(raw) ? wrong('holds a line break or another control character') : right(raw);
    },
    write: (value) => value,
  };
}
