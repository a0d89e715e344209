import { isIpv4, shortestIpv6 } from './ip-address.ts';

/** A DNS server: address without brackets (IPv6 may have a zone) and port. */
export interface NameServer {
  readonly host: string;
  readonly port: number;
}

/** What a resolv.conf says, as far as this node heeds it. */
export interface ResolvConf {
  /** At most three, as glibc has it. */
  readonly nameservers: readonly NameServer[];
  /** Search domains in lower case without the dot at the end; the root is the empty string. */
  readonly search: readonly string[];
  /** A name with at least that many dots is tried as it is first. */
  readonly ndots: number;
  /** How long one server is waited for, in milliseconds. */
  readonly timeoutMs: number;
  /** How often the whole list of servers is gone through. */
  readonly attempts: number;
  /** `no-tld-query`: a name without a dot is never asked for as it is. */
  readonly noTldQuery: boolean;
}

const MOST_NAMESERVERS = 3;
const MOST_SEARCH_DOMAINS = 32; // Kubernetes allows no more; glibc has no limit
const HIGHEST = { ndots: 15, timeout: 30, attempts: 5 } as const; // glibc's caps

/**
 * Reads a resolv.conf as glibc does (resolv.conf(5)): the last of `domain` and `search` wins, unknown lines and options
 * are skipped, numbers are capped, and without a usable `nameserver` it is 127.0.0.1. `localHostName` gives the search
 * domain when the file has none. Beyond glibc, `[address]:port` is read as OpenBSD has it. Never throws.
 */
export function parseResolvConf(text: string, localHostName = ''): ResolvConf {
  const nameservers: NameServer[] = [];
  let search: readonly string[] | undefined;
  let options: readonly string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line.trim().split(/\s+/);
    // glibc knows comments only at the start of a line: after a value they would be values.
    if (keyword === 'nameserver') addNameServer(nameservers, words[0] ?? '');
    else if (keyword === 'domain' && words[0] !== undefined) search = [words[0]];
    else if (keyword === 'search' && words.length > 0) search = words;
    else if (keyword === 'options') options = [...options, ...words];
  }
  return {
    nameservers: nameservers.length > 0 ? nameservers : [{ host: '127.0.0.1', port: 53 }],
    search: searchDomains(search ?? domainOf(localHostName)),
    ndots: numberOption(options, 'ndots', 1),
    timeoutMs: Math.max(1, numberOption(options, 'timeout', 5)) * 1000,
    attempts: Math.max(1, numberOption(options, 'attempts', 2)),
    noTldQuery: options.includes('no-tld-query'),
  };
}

function addNameServer(list: NameServer[], text: string): void {
  if (list.length === MOST_NAMESERVERS) return;
  const server = readNameServer(text);
  if (server !== undefined) list.push(server);
}

function readNameServer(text: string): NameServer | undefined {
  const withPort = /^\[([^\]]+)\]:([0-9]{1,5})$/.exec(text) ?? /^([0-9.]+):([0-9]{1,5})$/.exec(text);
  const host = withPort?.[1] ?? text;
  const port = withPort === null ? 53 : Number(withPort[2]);
  const [address = '', zone] = host.split('%');
  const valid = isIpv4(host) || (shortestIpv6(address) !== undefined && zone !== '');
  return valid && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

function domainOf(hostName: string): readonly string[] {
  const dot = hostName.indexOf('.');
  return dot < 0 || dot === hostName.length - 1 ? [] : [hostName.slice(dot + 1)];
}

function searchDomains(words: readonly string[]): readonly string[] {
  const domains = words.map((word) => word.toLowerCase().replace(/^\./, '').replace(/\.$/, ''));
  return [...new Set(domains)].slice(0, MOST_SEARCH_DOMAINS);
}

/** The last `name:n` of the options that holds a number, capped. */
function numberOption(options: readonly string[], name: keyof typeof HIGHEST, otherwise: number): number {
  const texts = options.filter((word) => word.startsWith(`${name}:`)).map((word) => word.slice(name.length + 1));
  const last = texts.filter((text) => /^[0-9]+$/.test(text)).at(-1);
  return last === undefined ? otherwise : Math.min(Number(last), HIGHEST[name]);
}
