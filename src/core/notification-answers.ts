import { ipv4Value, isIpv4, shortestIpv6 } from './ip-address.ts';
import { defaultPort, type NodeUri, nodeKey, type TransportName } from './node-uri.ts';

/** A notification address as far as it decides which answers count. */
export interface AskedAddress {
  readonly port: number | undefined;
  readonly transport: TransportName;
}

/** `target` in lower case without the dot at the end. */
export interface SrvRecord {
  readonly target: string;
  readonly port: number;
  readonly priority: number;
}

/** What DNS knows of one name. */
export interface NameAnswers {
  /** SRV records of the names that say service and protocol, such as `_sip._udp.<name>`. */
  readonly serviceRecords: readonly SrvRecord[];
  /** SRV records of the plain name. Kubernetes puts all ports of a service together there, of any protocol. */
  readonly plainRecords: readonly SrvRecord[];
  /** A answers, then AAAA answers. */
  readonly addresses: readonly string[];
}

/**
 * The SRV names that belong to a transport: RFC 3263's, and the one that Kubernetes makes of a port called `sip-tcp`
 * and so on, because port names are unique within a service. None when the name is such a name itself.
 */
export function serviceNames(name: string, transport: TransportName): readonly string[] {
  if (name.startsWith('_')) return [];
  return SERVICE_LABELS[transport].map((labels) => `${labels}.${name}`);
}

const SERVICE_LABELS = {
  udp: ['_sip._udp', '_sip-udp._udp'],
  tcp: ['_sip._tcp', '_sip-tcp._tcp'],
  tls: ['_sips._tcp', '_sip-tls._tcp'],
} as const satisfies Record<TransportName, readonly string[]>;

/**
 * The SRV records that count. An explicit port of the URI leaves out records with another one (as Kamailio). Records
 * of service names beat those of the plain name, whose ports may be those of metrics or HTTP; where there are only
 * plain ones and no explicit port, the default port is taken for a target that offers it among others, else all.
 */
export function chosenRecords(asked: AskedAddress, answers: NameAnswers): readonly SrvRecord[] {
  const fits = ({ port, target }: SrvRecord) =>
    port > 0 && target !== '' && (asked.port === undefined || asked.port === port);
  const service = withoutDoubles(answers.serviceRecords.filter(fits));
  if (service.length > 0) return service;
  const plain = withoutDoubles(answers.plainRecords.filter(fits));
  const usual = defaultPort(asked.transport);
  const offersUsual = new Set(plain.filter(({ port }) => port === usual).map(({ target }) => target));
  return plain.filter(({ port, target }) => port === usual || !offersUsual.has(target));
}

/** From so many targets on it matters to bus and DNS server that they need not be asked for one by one. */
const MANY_TARGETS = 17;

/**
 * Whether the name's own addresses are those of all SRV targets, so that the targets need not be asked for: there are
 * many, all lie directly under the name, with one port, and there are as many addresses of one family as targets. That
 * is a headless service; a bus of 300 nodes would otherwise mean 600 queries each time for each node.
 */
export function addressesCoverTargets(name: string, records: readonly SrvRecord[], addresses: readonly string[]) {
  const targets = new Set(records.map(({ target }) => target));
  if (targets.size < MANY_TARGETS || sharedPort(records) === undefined) return false;
  const parent = name.replace(/^(?:_[^.]*\.)+/, '');
  for (const target of targets) if (target.slice(target.indexOf('.') + 1) !== parent) return false;
  const ipv4 = addresses.filter(isIpv4).length;
  return targets.size === ipv4 || targets.size === addresses.length - ipv4;
}

/**
 * The nodes that the answers lead to, without doubles: each SRV target's addresses with the record's port, and the
 * name's own addresses. An own address that no target has covered gets the URI's port, else the one port on which all
 * records agree (a pod whose own name DNS does not know yet), else the default: so a pod is never listed twice because
 * A and SRV answers disagree on the port. What can't be the address of a host (`0.0.0.0`, multicast) is left out.
 */
export function nodesFromAnswers(
  asked: AskedAddress,
  records: readonly SrvRecord[],
  targets: ReadonlyMap<string, readonly string[]>,
  addresses: readonly string[],
): readonly NodeUri[] {
  const { transport } = asked;
  const nodes = new Map<string, NodeUri>();
  const covered = new Set<string>();
  const add = (address: string, port: number) => {
    const host = hostAddress(address);
    if (host === undefined) return;
    covered.add(host);
    const node = { host, port, transport };
    nodes.set(nodeKey(node), node);
  };
  for (const { target, port } of records) for (const address of targets.get(target) ?? []) add(address, port);
  const port = asked.port ?? sharedPort(records) ?? defaultPort(transport);
  for (const address of addresses) if (!covered.has(hostAddress(address) ?? '')) add(address, port);
  return [...nodes.values()];
}

/**
 * An address in the form that a node's URI holds: IPv6 in its shortest form, IPv4-mapped IPv6 as IPv4. Undefined for
 * what is no literal or no host: unspecified (also the rest of 0.0.0.0/8), multicast and broadcast.
 */
export function hostAddress(text: string): string | undefined {
  const shortest = isIpv4(text) ? text : shortestIpv6(text);
  if (shortest === undefined) return undefined;
  const host = shortest.startsWith('::ffff:') && shortest.includes('.') ? shortest.slice('::ffff:'.length) : shortest;
  if (host.includes(':')) return host === '::' || host.startsWith('ff') ? undefined : host;
  const firstOctet = Math.floor(ipv4Value(host, 0) / 2 ** 24);
  return firstOctet === 0 || (firstOctet >= 224 && firstOctet < 240) || host === '255.255.255.255' ? undefined : host;
}

function sharedPort(records: readonly SrvRecord[]): number | undefined {
  const first = records[0]?.port;
  return records.every(({ port }) => port === first) ? first : undefined;
}

function withoutDoubles(records: readonly SrvRecord[]): readonly SrvRecord[] {
  const unique = new Map<string, SrvRecord>();
  for (const record of records) {
    const key = `${record.target}:${record.port}`;
    if (!unique.has(key)) unique.set(key, record);
  }
  return [...unique.values()];
}
