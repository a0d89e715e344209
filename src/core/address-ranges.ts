import { ipv4Value, ipv6Words } from './ip-address.ts';

/** A block of addresses. IPv4 in one 32-bit number, IPv6 in eight 16-bit words. Made by {@link parseRange}. */
export type AddressRange =
  | { readonly family: 4; readonly first: number; readonly bits: number }
  | { readonly family: 6; readonly first: readonly number[]; readonly bits: number };

export type RangeReading =
  | { readonly ok: true; readonly range: AddressRange }
  /** `why` goes on after the text that was read: `"10.0.0.1/8" has bits set …`. */
  | { readonly ok: false; readonly why: string };

/**
 * Reads `10.0.0.0/8`, `fd00::/8` or an address alone (the range of itself). IPv4 written as IPv6 (`::ffff:10.0.0.0/104`)
 * is the IPv4 range. Bits beyond the prefix are refused, since nobody can tell which of the two was meant.
 */
export function parseRange(text: string): RangeReading {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const number = ipv4Value(address, 0);
  const words = number < 0 ? ipv6Words(address) : undefined;
  if (number < 0 && words === undefined) return refused('does not start with an IP address');
  const longest = words === undefined ? 32 : 128;
  const prefix = slash < 0 ? longest : prefixLength(text.slice(slash + 1), longest);
  if (prefix < 0) return refused(`has no prefix length from 0 to ${longest} after the slash`);
  if (words === undefined) return ipv4Range(number, prefix);
  if (isMapped(words) && prefix >= 96) return ipv4Range(lastTwo(words), prefix - 96);
  if (!words.every((word, i) => (word & ~wordMask(i, prefix)) === 0)) return bitsBeyond(prefix);
  return { ok: true, range: { family: 6, first: words, bits: prefix } };
}

/** Whether an IP literal lies in one of the ranges. A zone (`%eth0`) is not looked at; a name lies in none. */
export function inRanges(host: string, ranges: readonly AddressRange[]): boolean {
  const number = ipv4Value(host, 0);
  if (number >= 0) return ranges.some((range) => range.family === 4 && holdsNumber(range, number));
  const words = ipv6Words(withoutZone(host));
  if (words === undefined) return false;
  if (isMapped(words)) {
    const mapped = lastTwo(words);
    return ranges.some((range) => range.family === 4 && holdsNumber(range, mapped));
  }
  return ranges.some((range) => range.family === 6 && holdsWords(range, words));
}

/**
 * Whether an IP literal is one that the internet does not route to: what IANA's special-purpose address registries
 * (RFC 6890) hold as not globally reachable, and IPv4-mapped forms of it. Teredo and 6to4, where the registries
 * leave it open, count as public: anyone can send from there. A name is not private.
 */
export function isPrivateAddress(host: string): boolean {
  return inRanges(host, NOT_GLOBAL) && !inRanges(host, GLOBAL_WITHIN);
}

function prefixLength(text: string, longest: number): number {
  return /^(?:0|[1-9][0-9]{0,2})$/.test(text) && Number(text) <= longest ? Number(text) : -1;
}

function ipv4Range(first: number, bits: number): RangeReading {
  if (first % 2 ** (32 - bits) !== 0) return bitsBeyond(bits);
  return { ok: true, range: { family: 4, first, bits } };
}

function bitsBeyond(bits: number): RangeReading {
  return refused(`has bits set beyond its first ${bits}: write the first address of the range`);
}

function refused(why: string): RangeReading {
  return { ok: false, why };
}

function holdsNumber(range: { readonly first: number; readonly bits: number }, value: number): boolean {
  const size = 2 ** (32 - range.bits);
  return value >= range.first && value < range.first + size;
}

function holdsWords(range: { readonly first: readonly number[]; readonly bits: number }, words: readonly number[]) {
  for (let i = 0; i * 16 < range.bits; i++) {
    if (((words[i]! ^ range.first[i]!) & wordMask(i, range.bits)) !== 0) return false;
  }
  return true;
}

/** The bits of word `i` that a prefix of that length fixes. */
function wordMask(i: number, bits: number): number {
  const fixed = Math.min(16, Math.max(0, bits - i * 16));
  return (0xffff << (16 - fixed)) & 0xffff;
}

function isMapped(words: readonly number[]): boolean {
  return words[5] === 0xffff && (words[0]! | words[1]! | words[2]! | words[3]! | words[4]!) === 0;
}

function lastTwo(words: readonly number[]): number {
  return words[6]! * 65_536 + words[7]!;
}

function withoutZone(host: string): string {
  const percent = host.indexOf('%');
  return percent < 0 ? host : host.slice(0, percent);
}

function rangesOf(...texts: readonly string[]): readonly AddressRange[] {
  return texts.flatMap((text) => {
    const reading = parseRange(text);
    return reading.ok ? [reading.range] : [];
  });
}

/** IANA IPv4 and IPv6 Special-Purpose Address Registries, "Globally Reachable: False". The common ones first. */
const NOT_GLOBAL = rangesOf(
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16'],
  ...['0.0.0.0/8', '192.0.0.0/24', '192.0.2.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['192.88.99.2/32', '240.0.0.0/4'],
  ...['fc00::/7', '::1/128', 'fe80::/10', '::/128', '64:ff9b:1::/48', '100::/64', '100:0:0:1::/64'],
  ...['2001::/23', '2001:db8::/32', '3fff::/20', '5f00::/16'],
);

/** Blocks within those that are reachable all the same, or for which the registry does not say (Teredo, `2001::/32`). */
const GLOBAL_WITHIN = rangesOf(
  ...['192.0.0.9/32', '192.0.0.10/32'],
  ...['2001::/32', '2001:1::1/128', '2001:1::2/128', '2001:1::3/128', '2001:3::/32', '2001:4:112::/48'],
  ...['2001:20::/28', '2001:30::/28'],
);
