import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns';
import { isIP, isIPv6 } from 'node:net';
import { hepPacket } from '../../core/trace/hep-packet.ts';
import { outlineOf } from '../../core/trace/message-outline.ts';
import type { TracedMessage } from '../../core/trace/traced-message.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { MessageTrace } from '../../ports/message-tap.ts';
import type { Counters, Log } from '../../ports/telemetry.ts';

/** A capture server. `host` is an IP literal or a DNS name. */
export interface CaptureServer {
  readonly host: string;
  readonly port: number;
  readonly captureId: number;
}

export interface HepSenderOptions {
  readonly trace: MessageTrace;
  /** Where messages are to be sent; undefined: nowhere. */
  readonly server: () => CaptureServer | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
}

/** How often a name is looked up again, and the time between two lines of the log about one trouble. */
const LOOKUP_MS = 30_000;
const COMPLAINT_MS = 60_000;
/** Bytes that may wait in user space when the kernel's buffer is full. */
const QUEUE_LIMIT = 1_048_576;

/**
 * Sends each message of the node to a capture server (HEP version 3 over UDP). What can't be sent is dropped and counted:
 * the node's own work never waits for a capture.
 */
export class HepSender {
  readonly #options: HepSenderOptions;
  #server: CaptureServer | undefined;
  /** The address that the server has now, and the socket that leads there. */
  #address: string | undefined;
  #socket: Socket | undefined;
  #isConnected = false;
  #timer: Timer | undefined;
  #unfollow: (() => void) | undefined;
  #started = false;
  #complainedAt = Number.NEGATIVE_INFINITY;

  constructor(options: HepSenderOptions) {
    this.#options = options;
  }

  start(): void {
    this.#started = true;
    this.retarget();
  }

  /** Takes over where `server` says that messages are to be sent now. */
  retarget(): void {
    const server = this.#started ? this.#options.server() : undefined;
    if (JSON.stringify(server) === JSON.stringify(this.#server)) return;
    this.#release();
    this.#server = server;
    if (server === undefined) return;
    this.#options.log.info('hep: messages are sent to a capture server', { ...server });
    this.#unfollow = this.#options.trace.follow((message) => this.#send(message, server.captureId));
    this.#find(server);
  }

  /** What was given to the kernel is still sent. */
  stop(): void {
    this.#started = false;
    this.retarget();
  }

  #release(): void {
    this.#unfollow?.();
    this.#timer?.cancel();
    this.#unfollow = undefined;
    this.#timer = undefined;
    this.#disconnect();
  }

  /** The address is looked at again from time to time: a name may lead elsewhere, and a network may come back. */
  #find(server: CaptureServer): void {
    const again = (): void => {
      this.#timer = this.#options.clock.after(LOOKUP_MS, () => this.#find(server));
    };
    if (isIP(server.host) !== 0) {
      this.#connect(server.host, server.port);
      again();
      return;
    }
    lookup(server.host, (error, address) => {
      if (this.#server !== server) return;
      // Without an answer the address that it had before holds.
      if (error === null) this.#connect(address, server.port);
      else this.#complain('its name is not found', error);
      again();
    });
  }

  /** A connected socket is told by the kernel that nobody listens there. */
  #connect(address: string, port: number): void {
    if (address === this.#address) return;
    this.#disconnect();
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    socket.unref();
    socket.once('connect', () => {
      this.#isConnected = true;
    });
    socket.on('error', (error) => {
      this.#failed(error);
      if (!this.#isConnected && this.#socket === socket) this.#disconnect();
    });
    this.#socket = socket;
    this.#address = address;
    socket.connect(port, address);
  }

  #disconnect(): void {
    this.#socket?.close();
    this.#socket = undefined;
    this.#address = undefined;
    this.#isConnected = false;
  }

  #send(message: TracedMessage, captureId: number): void {
    const { counters } = this.#options;
    const socket = this.#socket;
    const { code, method, callId } = outlineOf(message.bytes);
    if (code === undefined && method === undefined) counters.add('hep_dropped', 'not_sip');
    else if (socket === undefined || !this.#isConnected) counters.add('hep_dropped', 'no_address');
    else if (socket.getSendQueueSize() > QUEUE_LIMIT) counters.add('hep_dropped', 'overflow');
    else {
      const packet = hepPacket(message, { captureId, correlationId: callId });
      if (packet === undefined) counters.add('hep_dropped', 'too_large');
      else socket.send(packet, (error) => (error === null ? counters.add('hep_sent') : this.#failed(error)));
    }
  }

  #failed(error: Error): void {
    this.#options.counters.add('hep_dropped', 'unreachable');
    this.#complain('it is not reached', error);
  }

  #complain(what: string, error: Error): void {
    const now = this.#options.clock.now();
    if (now - this.#complainedAt < COMPLAINT_MS) return;
    this.#complainedAt = now;
    const { host, port } = this.#server ?? {};
    this.#options.log.warn(`hep: nothing gets to the capture server: ${what}`, { host, port, cause: error.message });
  }
}
