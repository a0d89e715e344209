import type { ResolvConf } from './resolv-conf.ts';

const LONGEST_NAME = 253; // RFC 1035 2.3.4: 255 bytes on the wire

/**
 * The absolute names (without the dot at the end) to ask for, in this order, when a user writes `name`. As glibc:
 * a name that ends in a dot is taken as it is; one with `ndots` dots or more is tried as it is first and then in each
 * search domain; one with fewer is tried in the search domains first and as it is at last. Names that are too long
 * are left out.
 */
export function searchNames(name: string, conf: Pick<ResolvConf, 'search' | 'ndots' | 'noTldQuery'>): string[] {
  const plain = name.toLowerCase();
  if (plain.endsWith('.')) return withoutDoubles([plain.slice(0, -1)]);
  const dots = plain.split('.').length - 1;
  const searched = conf.search.map((domain) => (domain === '' ? plain : `${plain}.${domain}`));
  if (dots >= conf.ndots) return withoutDoubles([plain, ...searched]);
  const asItIs = dots > 0 || !conf.noTldQuery || searched.length === 0;
  return withoutDoubles(asItIs ? [...searched, plain] : searched);
}

/** What asking for one name of the search list came to. */
export type NameOutcome =
  /** At least one address or SRV record. */
  | 'found'
  /** The name or the records are not there. */
  | 'absent'
  /** A server answered, but with an error such as SERVFAIL. */
  | 'failed'
  /** No server answered at all. */
  | 'unreachable';

/**
 * Whether the next name of the search list is asked for. As glibc: an error answer such as SERVFAIL for one name says
 * nothing about the others, while silence of all servers ends the search, because it would only be repeated.
 */
export function searchGoesOn(outcome: NameOutcome): boolean {
  return outcome === 'absent' || outcome === 'failed';
}

function withoutDoubles(names: readonly string[]): string[] {
  return [...new Set(names)].filter((name) => name.length > 0 && name.length <= LONGEST_NAME);
}
