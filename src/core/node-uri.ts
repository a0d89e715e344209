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
