import type { TransportName } from '../node-uri.ts';

/** One end of what carried a message. `address` is an IP literal without brackets. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A SIP message as it crossed a socket of this node: a whole datagram, or one message of a stream, decrypted. */
export interface TracedMessage {
  /** Milliseconds since 1970, with parts of them. */
  readonly time: number;
  readonly direction: 'received' | 'sent';
  readonly transport: TransportName;
  /** This node's end. Its address is the announced one, or all zeros, where the socket is bound to all addresses and does not say. */
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Not to be written to. */
  readonly bytes: Uint8Array;
}

/** Who sent a message and who gets it. */
export function routeOf({ direction, local, remote }: Pick<TracedMessage, 'direction' | 'local' | 'remote'>): {
  readonly source: Endpoint;
  readonly destination: Endpoint;
} {
  return direction === 'sent' ? { source: local, destination: remote } : { source: remote, destination: local };
}
