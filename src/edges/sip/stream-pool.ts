import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, type PeerCertificate, type SecureContext } from 'node:tls';
import { StreamConnection, type StreamSettings } from './stream-connection.ts';

/** Where a stream leads to. `host` is an IP literal. */
export interface StreamTarget {
  readonly transport: 'tcp' | 'tls';
  readonly host: string;
  readonly port: number;
}

/** How TLS connections are opened. */
export interface TlsClientSettings {
  readonly context: () => SecureContext;
  /** DNS SAN that the other side's certificate must hold. Undefined: its address must be one of the IP SANs. */
  readonly serverName: string | undefined;
}

export interface StreamPoolOptions {
  readonly settings: StreamSettings;
  /** Undefined when there are no TLS files: then nothing can go by TLS. */
  readonly tls: TlsClientSettings | undefined;
  /** The local address to connect from, so that the other side sees the one that is announced. */
  readonly localAddress: (target: StreamTarget) => string | undefined;
  /** Connections that may be open at the same time. */
  readonly limit: number;
}

/** Why there is no connection to use. */
export type PoolRefusal = 'no_tls' | 'full' | 'stopped';

const KEEP_ALIVE_AFTER_MS = 15_000;

/** The connections that this node has opened: one for each destination, shared by all that is sent there. */
export class StreamPool {
  readonly #options: StreamPoolOptions;
  readonly #connections = new Map<string, StreamConnection>();
  readonly #sockets = new Set<Socket>();
  #stopped = false;

  constructor(options: StreamPoolOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#connections.size;
  }

  /** The connection to that destination, opened when there is none. It may be used before it has come about. */
  connection(target: StreamTarget): StreamConnection | PoolRefusal {
    const key = `${target.transport}:${target.host}:${target.port}`;
    const known = this.#connections.get(key);
    if (known !== undefined) return known;
    if (this.#stopped) return 'stopped';
    if (target.transport === 'tls' && this.#options.tls === undefined) return 'no_tls';
    if (this.#connections.size >= this.#options.limit) return 'full';
    const socket = this.#open(target);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const connection = new StreamConnection({
      settings: this.#options.settings,
      socket,
      source: { address: target.host, port: target.port, transport: target.transport },
      accepted: false,
      ended: () => this.#connections.delete(key),
    });
    this.#connections.set(key, connection);
    this.#options.settings.counters.add('sip_connections_opened', target.transport);
    return connection;
  }

  /** Closes all; what waits to be written is still sent. Resolves when the last socket is closed. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const connection of [...this.#connections.values()]) connection.finish('stopped');
    await Promise.all([...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
  }

  #open(target: StreamTarget): Socket {
    const { host, port } = target;
    const localAddress = this.#options.localAddress(target);
    const base = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS };
    const address = localAddress === undefined ? base : { ...base, localAddress };
    const tls = this.#options.tls;
    if (target.transport === 'tcp' || tls === undefined) return connectTcp(address);
    const expected = tls.serverName ?? host;
    return connectTls({
      ...address,
      secureContext: tls.context(),
      rejectUnauthorized: true,
      checkServerIdentity: (_host, certificate) => identityFault(expected, certificate),
      // A name may be asked for by SNI, an address may not (RFC 6066 3).
      ...(isIP(expected) === 0 ? { servername: expected } : {}),
    });
  }
}

/** Names count only as SANs: what a certificate without any calls itself (CN) proves nothing (RFC 6125 6.4.4). */
function identityFault(expected: string, certificate: PeerCertificate): Error | undefined {
  if (certificate.subjectaltname === undefined) return new Error('the certificate has no subjectAltName');
  return checkServerIdentity(expected, certificate);
}
