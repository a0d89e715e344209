import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { ListenAddress } from '../../core/settings.ts';
import type { TracedMessage } from '../../core/trace/traced-message.ts';
import type { MessageTap } from '../../ports/message-tap.ts';
import { ListenError } from './listen-error.ts';
import { plainAddress } from './plain-address.ts';
import type { Origin } from './request-receiver.ts';
import type { SipRequestMessage } from './sip-request-message.ts';

/** The payload of the largest UDP datagram over IPv4. */
const LARGEST_DATAGRAM = 65_507;

/** The kernel caps what is asked for at net.core.rmem_max; more room lets a burst survive a pause of the process. */
const SOCKET_BUFFER = 8 * 2 ** 20;
/** Bytes that may wait in user space when the kernel's buffer is full; then sending fails instead of queueing. */
const SEND_QUEUE_LIMIT = 4 * 2 ** 20;

export interface UdpListenerOptions {
  readonly address: ListenAddress;
  /** Whether a `::` socket takes IPv4 as well. */
  readonly dualStack: boolean;
  /** `bytes` belong to the receiver; `address` is without the IPv4-mapped prefix. */
  readonly receive: (bytes: Buffer, address: string, port: number, origin: Origin) => void;
  /** A reply could not be sent. */
  readonly unsent: (why: DatagramFailure) => void;
  /** An error of the socket that belongs to no send. */
  readonly failed: (error: Error) => void;
  readonly tap: MessageTap;
  /** This node's address for a trace of what is exchanged with that one. */
  readonly tracedAddress: (bound: string, remote: string) => string;
}

/** Why a datagram was not sent. */
export type DatagramFailure = 'too_large' | 'overflow' | 'unreachable';

/** One bound UDP socket. */
export class UdpListener implements Origin {
  readonly lossy = true;
  readonly #options: UdpListenerOptions;
  readonly #socket: Socket;
  /** Mapped addresses (`::ffff:a.b.c.d`) are what a dual-stack socket sends IPv4 to. */
  readonly #mapsIpv4: boolean;
  #bound: ListenAddress;
  #closed = false;

  constructor(options: UdpListenerOptions) {
    const { address, dualStack } = options;
    const ipv6 = isIPv6(address.host);
    this.#options = options;
    this.#bound = address;
    this.#mapsIpv4 = ipv6 && dualStack && address.host === '::';
    this.#socket = createSocket({
      type: ipv6 ? 'udp6' : 'udp4',
      ipv6Only: ipv6 && !this.#mapsIpv4,
      recvBufferSize: SOCKET_BUFFER,
      sendBufferSize: SOCKET_BUFFER,
      // Only literals are sent to, so nothing has to be looked up, and never once per datagram.
      lookup: (host, _options, callback) => callback(null, host, ipv6 ? 6 : 4),
    });
  }

  /** What is bound, with the real port. */
  get address(): ListenAddress {
    return this.#bound;
  }

  /** Rejects with a {@link ListenError}. */
  bind(): Promise<void> {
    const { host, port } = this.#options.address;
    return new Promise((resolve, reject) => {
      const refuse = (error: Error): void => {
        this.close();
        reject(new ListenError(this.#options.address, error));
      };
      this.#socket.once('error', refuse);
      this.#socket.bind({ address: host, port, exclusive: true }, () => {
        this.#socket.off('error', refuse);
        this.#socket.on('error', this.#options.failed);
        this.#socket.on('message', (bytes, from) => this.#receive(bytes, from));
        this.#bound = { ...this.#options.address, port: this.#socket.address().port };
        resolve();
      });
    });
  }

  /** Whether this socket can send to that IP literal. */
  reaches(host: string): boolean {
    return isIPv6(host) === isIPv6(this.#bound.host) || (this.#mapsIpv4 && !isIPv6(host));
  }

  /** `failed` is called at most once, and never before `send` has returned. */
  send(bytes: Uint8Array, address: string, port: number, failed: (why: DatagramFailure, detail: string) => void): void {
    if (this.#closed) return;
    const obstacle = this.#obstacle(bytes);
    if (obstacle !== undefined) {
      process.nextTick(failed, obstacle, `${bytes.length} bytes were not sent`);
      return;
    }
    if (this.#options.tap.hasTakers) this.#trace('sent', bytes, address, port);
    this.#socket.send(bytes, port, this.#destination(address), (error) => {
      if (error !== null) failed(failureOf(error), error.message);
    });
  }

  /**
   * Where a reply goes by RFC 3261 18.2.2 and RFC 3581 4: always to the address that the request came from, to its port
   * where `rport` asks for it, else to the port that the Via names. `maddr` is not followed: a stranger could have any
   * other host flooded by it.
   */
  reply(request: SipRequestMessage, bytes: Uint8Array): void {
    if (this.#closed) return;
    const { source, rportStart, sentByPort } = request;
    const port = rportStart >= 0 ? source.port : sentByPort || 5060;
    const obstacle = this.#obstacle(bytes);
    // Without a callback, which would cost a tenth of the time that a reply takes: when the kernel refuses it, the
    // sender repeats its request as if the reply had been lost on the way.
    if (obstacle !== undefined) {
      this.#options.unsent(obstacle);
      return;
    }
    if (this.#options.tap.hasTakers) this.#trace('sent', bytes, source.address, port);
    this.#socket.send(bytes, port, this.#destination(source.address));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.removeAllListeners('message');
    this.#socket.close();
  }

  #obstacle(bytes: Uint8Array): DatagramFailure | undefined {
    if (bytes.length > LARGEST_DATAGRAM) return 'too_large';
    return this.#socket.getSendQueueSize() > SEND_QUEUE_LIMIT ? 'overflow' : undefined;
  }

  #destination(address: string): string {
    return this.#mapsIpv4 && !address.includes(':') ? `::ffff:${address}` : address;
  }

  #receive(bytes: Buffer, from: RemoteInfo): void {
    const address = plainAddress(from.address);
    if (this.#options.tap.hasTakers) this.#trace('received', bytes, address, from.port);
    this.#options.receive(bytes, address, from.port, this);
  }

  #trace(direction: TracedMessage['direction'], bytes: Uint8Array, address: string, port: number): void {
    const { tap, tracedAddress } = this.#options;
    const local = { address: tracedAddress(this.#bound.host, address), port: this.#bound.port };
    tap.take({ direction, transport: 'udp', local, remote: { address, port }, bytes });
  }
}

function failureOf(error: Error): DatagramFailure {
  const code = 'code' in error ? error.code : '';
  if (code === 'EMSGSIZE') return 'too_large';
  return code === 'ENOBUFS' || code === 'EAGAIN' || code === 'ENOMEM' ? 'overflow' : 'unreachable';
}
