import { createServer as createTcpServer, isIPv6, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, Server as TlsServer } from 'node:tls';
import type { ListenAddress } from '../../core/settings.ts';
import type { ConnectionCensus } from './connection-census.ts';
import { ListenError } from './listen-error.ts';
import { plainAddress } from './plain-address.ts';
import { StreamConnection, type StreamSettings } from './stream-connection.ts';
import type { TlsMaterial } from './tls-files.ts';

/** How TLS connections are accepted. */
export interface TlsServerSettings {
  readonly material: () => TlsMaterial;
  /** Mutual TLS: a client without a certificate of the configured authorities is refused. */
  readonly requireCertificate: boolean;
}

export interface StreamListenerOptions {
  readonly address: ListenAddress;
  /** Whether a `::` socket takes IPv4 as well. */
  readonly dualStack: boolean;
  readonly settings: StreamSettings;
  /** Set exactly when the address is one for TLS. */
  readonly tls: TlsServerSettings | undefined;
  readonly census: ConnectionCensus;
  /** An error of the listening socket, such as no file descriptor left for one more connection. */
  readonly failed: (error: Error) => void;
}

const BACKLOG = 1024;
const KEEP_ALIVE_AFTER_MS = 15_000;

/** One listening TCP or TLS socket and the connections that came by it. */
export class StreamListener {
  readonly #options: StreamListenerOptions;
  readonly #server: Server;
  /** TLS sockets whose handshake is not done, by address and port of the other side. */
  readonly #handshakes = new Map<string, Socket>();
  readonly #connections = new Set<StreamConnection>();
  #bound: ListenAddress;

  constructor(options: StreamListenerOptions) {
    this.#options = options;
    this.#bound = options.address;
    this.#server = this.#create();
  }

  /** What is bound, with the real port. */
  get address(): ListenAddress {
    return this.#bound;
  }

  /** Rejects with a {@link ListenError}. */
  bind(): Promise<void> {
    const { address, dualStack, failed } = this.#options;
    const { host, port } = address;
    return new Promise((resolve, reject) => {
      const refuse = (error: Error): void => reject(new ListenError(address, error));
      this.#server.once('error', refuse);
      this.#server.listen({ host, port, backlog: BACKLOG, exclusive: true, ipv6Only: !dualStack }, () => {
        this.#server.off('error', refuse);
        this.#server.on('error', failed);
        const bound = this.#server.address();
        if (bound !== null && typeof bound === 'object') this.#bound = { ...address, port: bound.port };
        resolve();
      });
    });
  }

  /** Whether what is bound is an address of that one's family. */
  reaches(host: string): boolean {
    return isIPv6(host) === isIPv6(this.#bound.host) || (this.#options.dualStack && this.#bound.host === '::');
  }

  /** New connections get what the TLS files hold now. */
  renew(): void {
    const tls = this.#options.tls;
    if (tls !== undefined && this.#server instanceof TlsServer) this.#server.setSecureContext(tls.material());
  }

  /** Closes all connections; what waits to be written is still sent. Resolves when the last socket is closed. */
  stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#handshakes.values()) socket.destroy();
    for (const connection of [...this.#connections]) connection.finish();
    return closed;
  }

  #create(): Server {
    const { tls, settings } = this.#options;
    const tcp = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS };
    if (tls === undefined) {
      return createTcpServer(tcp, (socket) => {
        if (this.#admit(socket)) this.#attach(socket, 'tcp');
      });
    }
    const verify = { requestCert: tls.requireCertificate, rejectUnauthorized: tls.requireCertificate };
    const server = createTlsServer({
      ...tcp,
      ...tls.material(),
      ...verify,
      handshakeTimeout: settings.limits.connectMs,
    });
    // Counted from the first packet on, or unfinished handshakes would stand outside the limits.
    server.on('connection', (socket: Socket) => this.#admit(socket));
    server.on('secureConnection', (socket) => this.#attach(socket, 'tls'));
    // Node.js destroys the socket by itself.
    server.on('tlsClientError', () => settings.counters.add('sip_connections_refused', 'tls_handshake'));
    return server;
  }

  #admit(socket: Socket): boolean {
    const { census, settings } = this.#options;
    const address = plainAddress(socket.remoteAddress ?? '');
    const verdict = census.admit(address);
    if (verdict !== 'admitted') {
      settings.counters.add('sip_connections_refused', verdict);
      socket.on('error', () => {});
      socket.destroy();
      return false;
    }
    const other = otherSide(socket);
    if (this.#options.tls !== undefined) this.#handshakes.set(other, socket);
    socket.once('close', () => {
      this.#handshakes.delete(other);
      census.release(address);
    });
    return true;
  }

  #attach(socket: Socket, transport: 'tcp' | 'tls'): void {
    const { settings } = this.#options;
    this.#handshakes.delete(otherSide(socket));
    settings.counters.add('sip_connections_accepted', transport);
    const connection = new StreamConnection({
      settings,
      socket,
      source: { address: plainAddress(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0, transport },
      accepted: true,
      ended: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
  }
}

function otherSide(socket: Socket): string {
  return `${socket.remoteAddress}:${socket.remotePort}`;
}
