import { parseRange } from '../address-ranges.ts';
import { closestName } from '../closest-name.ts';
import type { Admission } from '../settings.ts';
import { kindOf, listItems, type Reading, right, type SettingFormat, wrong } from './setting-format.ts';

const WORDS = ['private', 'known', 'open'] as const;

/** Who may talk to the node: a word, or `cidr:` with address ranges. */
export const admissionFormat: SettingFormat<Admission> = {
  type: '`private`, `known`, `open` or `cidr:…`',
  expected: 'private, known, open, or cidr: and address ranges, for example cidr:10.0.0.0/8,192.168.0.0/16',
  placeholder: 'rule',
  schema: { type: 'string', pattern: '^\\s*(?:private|known|open|cidr:.+)\\s*$' },
  read(raw) {
    if (typeof raw !== 'string') return wrong(`is ${kindOf(raw)}`);
    const text = raw.trim().toLowerCase();
    const kind = WORDS.find((word) => word === text);
    if (kind !== undefined) return right({ kind });
    if (text.startsWith('cidr:')) return readRanges(text.slice('cidr:'.length));
    return wrong('is not known', looksLikeRange(text) ? `cidr:${text}` : closestName(text, WORDS));
  },
  write: (admission) => (admission.kind === 'cidr' ? `cidr:${admission.ranges.join(',')}` : admission.kind),
};

function readRanges(text: string): Reading<Admission> {
  const ranges = listItems(text) ?? [];
  if (ranges.length === 0) return wrong('has no address range after cidr:');
  for (const range of ranges) {
    const reading = parseRange(range);
    if (!reading.ok) return wrong(`is wrong: "${range}" ${reading.why}`);
  }
  return right({ kind: 'cidr', ranges });
}

function looksLikeRange(text: string): boolean {
  return parseRange(listItems(text)?.[0] ?? '').ok;
}
