import { closestName } from '../closest-name.ts';
import { isIpv4, shortestIpv6 } from '../ip-address.ts';
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
  const items = listItems(text) ?? [];
  if (items.length === 0) return wrong('has no address range after cidr:');
  const ranges: string[] = [];
  for (const item of items) {
    const range = readRange(item);
    if (range === undefined) return wrong(`holds "${item}", which is not an address range`);
    ranges.push(range);
  }
  return right({ kind: 'cidr', ranges });
}

/** `10.0.0.0/8`, `fd00::/8`; an address alone stands for itself. */
function readRange(text: string): string | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const plain = address.replace(/^\[(.*)\]$/, '$1');
  const host = isIpv4(plain) ? plain : shortestIpv6(plain);
  if (host === undefined || rest.length > 0) return undefined;
  const longest = host.includes(':') ? 128 : 32;
  if (length === undefined) return `${host}/${longest}`;
  return /^[0-9]{1,3}$/.test(length) && Number(length) <= longest ? `${host}/${Number(length)}` : undefined;
}

function looksLikeRange(text: string): boolean {
  return readRange(listItems(text)?.[0] ?? '') !== undefined;
}
