import { isIpv4, shortestIpv6 } from './ip-address.ts';

/** The transports a node can be reached by, as Kamailio writes them in a URI's `transport` parameter. */
export type TransportName = 'udp' | 'tcp' | 'tls';

/**
 * Where a node is reached. `host` is an IPv4 address, an IPv6 address without brackets in its shortest
 * form, or a lower-case DNS name. Two URIs name the same node when host, port and transport are equal.
 */
export interface NodeUri {
  readonly host: string;
  readonly port: number;
  readonly transport: TransportName;
}

/**
 * Reads a SIP URI (RFC 3261 19.1) as the address of a node. User part, headers and parameters other than `transport`
 * are skipped. No port means 5060, or 5061 for TLS; no transport means UDP; `sips:` means TLS.
 * Undefined when it is not a SIP URI, or names a transport that a node can't be reached by. Never throws.
 */
export function parseNodeUri(text: string): NodeUri | undefined {
  const secure = (text.charCodeAt(3) | 0x20) === 0x73;
  const schemeEnd = secure ? 4 : 3;
  if (text.charCodeAt(schemeEnd) !== 0x3a || (text.charCodeAt(0) | 0x20) !== 0x73) return undefined;
  if ((text.charCodeAt(1) | 0x20) !== 0x69 || (text.charCodeAt(2) | 0x20) !== 0x70) return undefined;
  if (hasBlankOrControl(text)) return undefined;

  // '@' stands nowhere in a URI but after the user part, so what follows it is the host even when the user holds ';'.
  const at = text.indexOf('@', schemeEnd);
  if (at >= 0 && (at === schemeEnd + 1 || text.indexOf('@', at + 1) >= 0)) return undefined;
  const hostStart = (at < 0 ? schemeEnd : at) + 1;
  const hostEnd = text.charCodeAt(hostStart) === 0x5b ? text.indexOf(']', hostStart) + 1 : nameEnd(text, hostStart);
  if (hostEnd <= hostStart) return undefined;
  const host = readHost(text, hostStart, hostEnd);
  if (host === undefined) return undefined;

  const tailStart = text.charCodeAt(hostEnd) === 0x3a ? digitsEnd(text, hostEnd + 1) : hostEnd;
  const transport = readTransport(text, tailStart, secure);
  if (transport === undefined) return undefined;
  const port = tailStart === hostEnd ? defaultPort(transport) : readPort(text, hostEnd + 1, tailStart);
  return port === undefined ? undefined : { host, port, transport };
}

/** The port that is meant when a URI has none (RFC 3261 19.1.2). */
export function defaultPort(transport: TransportName): number {
  return transport === 'tls' ? 5061 : 5060;
}

/** Reads a host: IPv4, IPv6 (in brackets or not) or DNS name, in the form that {@link NodeUri} holds. */
export function parseHost(text: string): string | undefined {
  return text.includes(':') && !text.startsWith('[') ? shortestIpv6(text) : readHost(text, 0, text.length);
}

/** Writes the address as Kamailio does: always with the port, without transport for UDP. */
export function formatNodeUri(uri: NodeUri): string {
  return `sip:${formatHostPort(uri)}${uri.transport === 'udp' ? '' : `;transport=${uri.transport}`}`;
}

/** `host:port` with IPv6 in brackets, as it stands in URIs, Via headers and logs. */
export function formatHostPort(uri: Pick<NodeUri, 'host' | 'port'>): string {
  return uri.host.includes(':') ? `[${uri.host}]:${uri.port}` : `${uri.host}:${uri.port}`;
}

/** A map key: equal for two URIs exactly when they name the same node. */
export function nodeKey(uri: NodeUri): string {
  return `${uri.transport}:${uri.host}:${uri.port}`;
}

/** Whether both URIs name the same node. */
export function sameNode(a: NodeUri, b: NodeUri): boolean {
  return a.port === b.port && a.transport === b.transport && a.host === b.host;
}

function hasBlankOrControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c <= 0x20 || c === 0x7f || c === 0x22 || c === 0x3c || c === 0x3e) return true;
  }
  return false;
}

function nameEnd(text: string, start: number): number {
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x3a || c === 0x3b || c === 0x3f) return i;
  }
  return text.length;
}

function digitsEnd(text: string, start: number): number {
  let i = start;
  while (i < text.length && text.charCodeAt(i) >= 0x30 && text.charCodeAt(i) <= 0x39) i++;
  return i;
}

function readPort(text: string, start: number, end: number): number | undefined {
  if (end === start || end - start > 10) return undefined;
  const port = Number(text.slice(start, end));
  return port >= 1 && port <= 65535 ? port : undefined;
}

function readHost(text: string, start: number, end: number): string | undefined {
  if (text.charCodeAt(start) === 0x5b) {
    return text.charCodeAt(end - 1) === 0x5d ? shortestIpv6(text.slice(start + 1, end - 1)) : undefined;
  }
  const host = text.slice(start, end);
  return isIpv4(host) ? host : dnsName(host);
}

const DNS_NAME = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?$/;

/**
 * RFC 3261 25.1 `hostname`: the last label starts with a letter, so four numbers are never a name. An underscore is
 * taken too, as container names have it. The root dot at the end is dropped.
 */
function dnsName(text: string): string | undefined {
  if (text.length > 254) return undefined;
  const name = text.toLowerCase();
  if (!DNS_NAME.test(name)) return undefined;
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

const TRANSPORTS: ReadonlyMap<string, TransportName> = new Map([
  ['udp', 'udp'],
  ['tcp', 'tcp'],
  ['tls', 'tls'],
]);

/** The transport that the parameters from `start` on name. Undefined for one that no node has, or two of them. */
function readTransport(text: string, start: number, secure: boolean): TransportName | undefined {
  let found: TransportName | undefined;
  let i = start;
  while (i < text.length && text.charCodeAt(i) === 0x3b) {
    const end = parameterEnd(text, i + 1);
    // Only a name of nine letters followed by '=' can be the one that is looked for.
    if (text.charCodeAt(i + 10) === 0x3d && text.slice(i + 1, i + 10).toLowerCase() === 'transport') {
      const named = TRANSPORTS.get(text.slice(i + 11, end).toLowerCase());
      if (named === undefined || found !== undefined) return undefined;
      found = named;
    }
    i = end;
  }
  if (i < text.length && text.charCodeAt(i) !== 0x3f) return undefined;
  if (!secure) return found ?? 'udp';
  // A sips: URI is reached by TLS over TCP (RFC 3261 26.2.2), whichever of the two the parameter names.
  return found === 'udp' ? undefined : 'tls';
}

function parameterEnd(text: string, start: number): number {
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x3b || c === 0x3f) return i;
  }
  return text.length;
}
