import { isIPv4 } from 'node:net';
import type { NodeUri, TransportName } from '../../core/node-uri.ts';
import type { ListenAddress } from '../../core/settings.ts';
import type { MessageTap } from '../../ports/message-tap.ts';
import type { Counters, Log } from '../../ports/telemetry.ts';
import { ConnectionCensus } from './connection-census.ts';
import { ListenError } from './listen-error.ts';
import { readMessage } from './message-reader.ts';
import type { OwnVia } from './message-writer.ts';
import type { RequestReceiver } from './request-receiver.ts';
import type { StreamSettings } from './stream-connection.ts';
import { StreamListener, type TlsServerSettings } from './stream-listener.ts';
import { UdpListener } from './udp-listener.ts';

export interface ListenersOptions {
  readonly listen: readonly ListenAddress[];
  readonly announced: NodeUri;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly settings: StreamSettings;
  readonly tls: TlsServerSettings | undefined;
  readonly log: Log;
  readonly counters: Counters;
  readonly tap: MessageTap;
  /** Takes what comes in datagrams. */
  readonly take: RequestReceiver['take'];
}

/** All sockets that the node has bound, and which of them a message leaves by. */
export class Listeners {
  readonly #options: ListenersOptions;
  readonly #census: ConnectionCensus;
  readonly #udp: UdpListener[] = [];
  readonly #streams: StreamListener[] = [];

  constructor(options: ListenersOptions) {
    this.#options = options;
    this.#census = new ConnectionCensus(options.maxConnections, options.maxConnectionsPerAddress);
  }

  /** What is bound, with the real ports. */
  get addresses(): readonly ListenAddress[] {
    return [...this.#udp, ...this.#streams].map((listener) => listener.address);
  }

  /** The announced URI, with the real port where it was given as 0. */
  get announced(): NodeUri {
    const { announced } = this.#options;
    if (announced.port !== 0) return announced;
    const port = this.addresses.find((address) => address.transport === announced.transport)?.port ?? 0;
    return { ...announced, port };
  }

  /** Binds them one after the other. Rejects with a {@link ListenError} for the first that can't be bound. */
  async start(): Promise<void> {
    // Streams first: a node that answers by UDP already is connected to at once, and a refusal would be taken for its word.
    const { listen } = this.#options;
    for (const address of listen) if (address.transport !== 'udp') await this.#bindStream(address);
    for (const address of listen) if (address.transport === 'udp') await this.#bindUdp(address);
  }

  /** Resolves when the last socket and the last connection that came by them are closed. */
  async stop(): Promise<void> {
    for (const listener of this.#udp) listener.close();
    await Promise.all(this.#streams.map((listener) => listener.stop()));
  }

  /** New TLS connections get what the files hold now. */
  renewTls(): void {
    for (const listener of this.#streams) listener.renew();
  }

  /** The UDP socket that sends to that IP literal. */
  udp(address: string): UdpListener | undefined {
    return this.#nearest(this.#udp, address);
  }

  /** Host and port for the Via of a request to that IP literal: where its reply finds this node. */
  sentBy(transport: TransportName, address: string): Pick<OwnVia, 'host' | 'port'> {
    const listeners = transport === 'udp' ? this.#udp : this.#streams;
    const own = listeners.filter((listener) => listener.address.transport === transport);
    const bound = this.#nearest<UdpListener | StreamListener>(own, address)?.address;
    if (bound === undefined) return this.announced;
    return { host: isWildcard(bound.host) ? this.announced.host : bound.host, port: bound.port };
  }

  /** Where a connection to that IP literal is to come from, so that others see the address that is announced. */
  localAddress(address: string): string | undefined {
    const bound = this.#nearest<UdpListener | StreamListener>([...this.#streams, ...this.#udp], address)?.address.host;
    return bound === undefined || isWildcard(bound) ? undefined : bound;
  }

  /** Of those that can send there the one with the announced address, else the first. */
  #nearest<L extends UdpListener | StreamListener>(listeners: readonly L[], address: string): L | undefined {
    let first: L | undefined;
    for (const listener of listeners) {
      if (!listener.reaches(address)) continue;
      if (listener.address.host === this.#options.announced.host) return listener;
      first ??= listener;
    }
    return first;
  }

  async #bindUdp(address: ListenAddress): Promise<void> {
    const { take, counters } = this.#options;
    const listener = new UdpListener({
      address,
      dualStack: this.#isDualStack(address),
      receive: (bytes, host, port, origin) =>
        take(readMessage(bytes, { address: host, port, transport: 'udp' }, 'datagram'), origin),
      unsent: (why) => counters.add('sip_replies_unsent', why),
      failed: (error) => this.#failed(address, error),
      tap: this.#options.tap,
      tracedAddress: (bound, remote) => this.#tracedAddress(bound, remote),
    });
    await listener.bind();
    this.#udp.push(listener);
  }

  async #bindStream(address: ListenAddress): Promise<void> {
    const { settings, tls } = this.#options;
    if (address.transport === 'tls' && tls === undefined) {
      throw new ListenError(address, new Error('no TLS certificate and key are configured'));
    }
    const listener = new StreamListener({
      address,
      settings,
      dualStack: this.#isDualStack(address),
      tls: address.transport === 'tls' ? tls : undefined,
      census: this.#census,
      failed: (error) => this.#failed(address, error),
    });
    await listener.bind();
    this.#streams.push(listener);
  }

  #failed(address: ListenAddress, error: Error): void {
    this.#options.counters.add('sip_socket_errors', address.transport);
    this.#options.log.warn('a listening socket has reported an error', { ...address, cause: error.message });
  }

  /** A socket that is bound to all addresses does not say which one a datagram came to: the announced one, where it can be. */
  #tracedAddress(bound: string, remote: string): string {
    if (!isWildcard(bound)) return bound;
    const { host } = this.#options.announced;
    if (isIPv4(host) === isIPv4(remote)) return host;
    return isIPv4(remote) ? '0.0.0.0' : '::';
  }

  /** `::` takes IPv4 too, unless there is an IPv4 listener of its own for that transport and port. */
  #isDualStack(address: ListenAddress): boolean {
    if (address.host !== '::') return false;
    return !this.#options.listen.some(
      (other) => other.transport === address.transport && other.port === address.port && isIPv4(other.host),
    );
  }
}

const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';
