import { shortestIpv6 } from './ip-address.ts';
import { type NodeUri, sameNode } from './node-uri.ts';
import type { ListenAddress } from './settings.ts';

/** By what a node recognises itself in an answer of DNS or a list. */
export interface OwnAddresses {
  readonly announced: NodeUri;
  /** The sockets that are bound, with the ports they really got. */
  readonly listen: readonly ListenAddress[];
  /** The addresses of the machine's interfaces, IPv6 in its shortest form, without zones. */
  readonly interfaces: readonly string[];
}

/**
 * Whether a URI leads back to the node itself: it is the announced one, or one of the node's own sockets answers there.
 * A socket bound to all addresses answers on each interface; `::` is taken to answer IPv4 too. Another port or transport
 * of the same machine is another node (several nodes on one host network).
 */
export function isOwnAddress(uri: NodeUri, own: OwnAddresses): boolean {
  if (sameNode(uri, own.announced)) return true;
  return own.listen.some(
    ({ host, port, transport }) =>
      port === uri.port &&
      transport === uri.transport &&
      (host === uri.host || shortestIpv6(host) === uri.host || (isWildcardFor(host, uri) && isInterface(uri, own))),
  );
}

function isWildcardFor(host: string, uri: NodeUri): boolean {
  return host === '0.0.0.0' ? !uri.host.includes(':') : shortestIpv6(host) === '::';
}

function isInterface(uri: NodeUri, own: OwnAddresses): boolean {
  return own.interfaces.includes(uri.host);
}
