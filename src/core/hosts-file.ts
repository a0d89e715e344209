import { isIpv4, shortestIpv6 } from './ip-address.ts';

/** Names in lower case and their addresses in the order of the file. */
export type HostsFile = ReadonlyMap<string, readonly string[]>;

/** Reads an /etc/hosts (hosts(5)): address, then names; `#` starts a comment. What can't be read is skipped. */
export function parseHostsFile(text: string): HostsFile {
  const hosts = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [literal = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const address = isIpv4(literal) ? literal : shortestIpv6(literal);
    if (address === undefined) continue;
    for (const name of names) addAddress(hosts, name.toLowerCase(), address);
  }
  return hosts;
}

/**
 * The addresses of a name that is never asked of DNS: it stands in the hosts file (which comes first, as `hosts: files
 * dns` has it everywhere), or it is localhost, whose meaning is fixed (RFC 6761 6.3). Undefined for other names.
 */
export function localAddresses(name: string, hosts: HostsFile): readonly string[] | undefined {
  const key = name.toLowerCase().replace(/\.$/, '');
  const listed = hosts.get(key);
  if (listed !== undefined) return listed;
  return key === 'localhost' || key.endsWith('.localhost') ? ['127.0.0.1', '::1'] : undefined;
}

function addAddress(hosts: Map<string, string[]>, name: string, address: string): void {
  const known = hosts.get(name);
  if (known === undefined) hosts.set(name, [address]);
  else if (!known.includes(address)) known.push(address);
}
