import { isIpv4, shortestIpv6 } from '../ip-address.ts';
import {
  defaultPort,
  formatHostPort,
  formatNodeUri,
  type NodeUri,
  parseHost,
  parseNodeUri,
  type TransportName,
} from '../node-uri.ts';
import type { ListenAddress, Settings } from '../settings.ts';
import { kindOf, listItems, meant, type Reading, right, type SettingFormat, wrong } from './setting-format.ts';

type NotificationAddress = Settings['notification_address'][number];

/** The address that is announced: `sip:10.0.0.1:5060;transport=tcp`, with an IP address as its host. */
export const serverAddressFormat: SettingFormat<NodeUri> = {
  type: 'SIP URI',
  expected:
    'a SIP URI with the IP address that other nodes reach this one by, for example sip:10.1.2.3:5060 or sip:[fd00::3]:5061;transport=tls',
  placeholder: 'uri',
  schema: { type: 'string', pattern: '^\\s*[sS][iI][pP][sS]?:' },
  read(raw) {
    const uri = readSipUri(raw);
    if (!uri.ok) return uri;
    const { host, port, transport } = uri.value;
    if (host === '0.0.0.0' || host === '::')
      return wrong(`can't be announced: ${host} stands for "all addresses", nobody can send to it`);
    if (!isIp(host))
      return wrong(`names a host: each Kamailio on the bus would have to look ${host} up, so give its IP address`);
    return right({ host, port: port ?? defaultPort(transport), transport });
  },
  write: formatNodeUri,
};

/** Where other nodes are found: SIP URIs, each with a DNS name or an IP address, with or without a port. */
export const notificationAddressFormat: SettingFormat<readonly NotificationAddress[]> = {
  type: 'list of SIP URIs',
  expected: 'SIP URIs, for example sip:kdmq.default.svc.cluster.local or sip:10.1.2.3:5060',
  placeholder: 'uri',
  list: true,
  schema: {
    anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string', pattern: '^\\s*[sS][iI][pP][sS]?:' } }],
  },
  // An empty list says what the default says, and is what `kdmq config` prints for it.
  read: (raw) => (Array.isArray(raw) && raw.length === 0 ? right([]) : readEach(raw, readSearchedUri)),
  write: (addresses) => addresses.map(formatNotificationAddress),
};

/** Sockets as Kamailio's `listen` has them: `udp:127.0.0.1:5060`, `tls:[::1]:5061`, `tcp:*:5060`. */
export const listenFormat: SettingFormat<readonly ListenAddress[]> = {
  type: 'list of sockets',
  expected: 'sockets as transport:address:port, for example udp:10.1.2.3:5060, tls:[fd00::3]:5061 or tcp:*:5060',
  placeholder: 'socket',
  list: true,
  schema: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
  read(raw) {
    const sockets = readEach(raw, readSockets);
    return sockets.ok ? right(sockets.value.flat()) : sockets;
  },
  write: (sockets) => sockets.map(formatListenAddress),
};

/** One socket; without a transport UDP is meant. */
export const socketFormat: SettingFormat<ListenAddress> = {
  type: 'socket',
  expected: 'a socket as transport:address:port, for example udp:10.1.2.3:5060',
  placeholder: 'socket',
  schema: { type: 'string' },
  read(raw) {
    if (typeof raw !== 'string') return wrong(`is ${kindOf(raw)}`);
    const sockets = readSockets(raw.trim());
    return sockets.ok ? right(sockets.value[0]!) : sockets;
  },
  write: formatListenAddress,
};

/** Writes a socket as Kamailio does, `udp:127.0.0.1:5060`. */
export function formatListenAddress(socket: ListenAddress): string {
  return `${socket.transport}:${formatHostPort(socket)}`;
}

/** Writes a notification address back, without a port when it was given none. */
function formatNotificationAddress(address: NotificationAddress): string {
  if (address.port !== undefined) return formatNodeUri({ ...address, port: address.port });
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `sip:${host}${address.transport === 'udp' ? '' : `;transport=${address.transport}`}`;
}

function readEach<T>(raw: unknown, read: (item: string) => Reading<T>): Reading<readonly T[]> {
  const items = listItems(raw);
  if (items === undefined) return wrong(Array.isArray(raw) ? 'holds something else than texts' : `is ${kindOf(raw)}`);
  if (items.length === 0) return wrong('is empty');
  const values: T[] = [];
  const problems: string[] = [];
  for (const item of items) {
    const reading = read(item);
    if (reading.ok) values.push(reading.value);
    else if (items.length === 1) return reading;
    else problems.push(`${item} ${reading.problem}${meant(reading.suggestion)}`);
  }
  return problems.length === 0
    ? right(values)
    : wrong(`is wrong in ${problems.length} of ${items.length}: ${problems.join('; ')}`);
}

const SIP_URI = /^(sips?):(?:[^@\s]*@)?(\[[^\]]*\]|[^;?]*?)(?::([^:;?\]]*))?([;?].*)?$/i;

function readSipUri(raw: unknown): Reading<NotificationAddress> {
  if (typeof raw !== 'string') return wrong(`is ${kindOf(raw)}`);
  const text = bracketed(raw.trim());
  if (!text.ok) return text;
  const parts = SIP_URI.exec(text.value);
  if (parts === null) return noSipUri(text.value);
  const [, , host = '', port, tail = ''] = parts;
  const uri = parseNodeUri(text.value);
  if (uri === undefined) return wrong(whatIsWrong(host, port, tail));
  return right({ host: uri.host, port: port === undefined ? undefined : uri.port, transport: uri.transport });
}

/** As {@link readSipUri}, with the dot at the end of a name kept: it says that the search list is not for this name. */
function readSearchedUri(raw: unknown): Reading<NotificationAddress> {
  const reading = readSipUri(raw);
  if (!reading.ok) return reading;
  const host = SIP_URI.exec(String(raw).trim())?.[2] ?? '';
  return host.endsWith('.') ? right({ ...reading.value, host: `${reading.value.host}.` }) : reading;
}

/** Puts the brackets around a bare IPv6 host, with which alone a URI can be read (RFC 3261 25.1). */
function bracketed(text: string): Reading<string> {
  const [, scheme, address = '', tail = ''] = /^(sips?:)([0-9a-f:.]+)([;?].*)?$/i.exec(text) ?? [];
  const [one, other] = bareIpv6(address);
  if (other !== undefined) return wrong('can be read in two ways', `${scheme}${one} or ${scheme}${other}`);
  return right(one === undefined ? text : `${scheme}${one}${tail}`);
}

/** The ways to read an IPv6 address without brackets, the last group of which may be a port: none, one or two. */
function bareIpv6(text: string): readonly string[] {
  const lastColon = text.lastIndexOf(':');
  const before = shortestIpv6(text.slice(0, Math.max(0, lastColon)));
  const port = text.slice(lastColon + 1);
  const alone = shortestIpv6(text);
  return [
    ...(before !== undefined && isPort(port) ? [`[${before}]:${port}`] : []),
    ...(alone === undefined ? [] : [`[${alone}]`]),
  ];
}

function noSipUri(text: string): Reading<never> {
  if (/^sips?:/i.test(text)) return wrong('is not a SIP URI');
  if (text.includes('://')) return wrong('does not begin with "sip:"');
  const withScheme = `sip:${text}`;
  return wrong('does not begin with "sip:"', parseNodeUri(withScheme) === undefined ? undefined : withScheme);
}

function whatIsWrong(host: string, port: string | undefined, tail: string): string {
  if (host === '') return 'has no host';
  if (host.startsWith('[') && !host.endsWith(']')) return 'has a [ without its ]';
  if (port !== undefined && !isPort(port)) return `has the port "${port}", which is not a number from 1 to 65535`;
  if (parseHost(host) === undefined) return `has the host "${host}", which is neither an IP address nor a DNS name`;
  const transport = /;transport=([^;?]*)/i.exec(tail)?.[1];
  return transport === undefined ? 'is not a SIP URI' : `has the transport "${transport}", known are udp, tcp and tls`;
}

const SOCKET = /^(?:([a-z]+):)?(\[[^\]]*\]|\*|[0-9.]+|[^[\]]*?)(?::([^:\]]*))?$/i;
const TRANSPORTS: readonly TransportName[] = ['udp', 'tcp', 'tls'];

function readSockets(text: string): Reading<readonly ListenAddress[]> {
  if (/^sips?:/i.test(text)) return wrong('is a SIP URI', text.replace(/^sips?:/i, 'udp:').replace(/;.*$/, ''));
  const [, prefix = '', rest = ''] = /^((?:udp|tcp|tls):)?(.*)$/i.exec(text) ?? [];
  const [bare] = bareIpv6(rest);
  if (bare !== undefined) return wrong('holds an IPv6 address without brackets', `${prefix}${bare}`);
  const parts = SOCKET.exec(text);
  if (parts === null) return wrong('is not a socket');
  const [, transportName, hostText = '', portText] = parts;
  const transport = TRANSPORTS.find((name) => name === transportName?.toLowerCase());
  if (transportName !== undefined && transport === undefined) {
    return wrong(`has the transport "${transportName}", known are udp, tcp and tls`);
  }
  if (portText !== undefined && !isPort(portText)) {
    return wrong(`has the port "${portText}", which is not a number from 1 to 65535`);
  }
  const host = hostText === '*' ? '0.0.0.0' : parseHost(hostText);
  if (host === undefined || !isIp(host)) return wrong(`has the address "${hostText}", which is not an IP address`);
  // Kamailio listens on UDP and TCP where no transport is given.
  const transports: readonly TransportName[] = transport === undefined ? ['udp', 'tcp'] : [transport];
  return right(transports.map((name) => ({ transport: name, host, port: Number(portText ?? defaultPort(name)) })));
}

function isPort(text: string): boolean {
  return /^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;
}

function isIp(host: string): boolean {
  return isIpv4(host) || host.includes(':');
}
