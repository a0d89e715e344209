import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TracedMessage } from '../../core/trace/traced-message.ts';
import type { Clock } from '../../ports/clock.ts';
import type { MessageTap } from '../../ports/message-tap.ts';
import type { Source } from '../../ports/sip-transport.ts';
import type { Counters } from '../../ports/telemetry.ts';
import type { ReadResult } from './message-reader.ts';
import { plainAddress } from './plain-address.ts';
import type { Origin } from './request-receiver.ts';
import type { SipRequestMessage } from './sip-request-message.ts';
import { StreamFramer } from './stream-framer.ts';
import { KEEP_ALIVE_MS, STREAM_CHECK_MS, type StreamLimits } from './stream-limits.ts';
import { type TimerWheel, WheelTimer } from './timer-wheel.ts';

/** Why a connection is no more. */
export type StreamEnd = 'closed' | 'refused' | 'timeout' | 'untrusted' | 'stopped';

/** What all stream connections of a transport share. */
export interface StreamSettings {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly counters: Counters;
  readonly limits: StreamLimits;
  readonly maxMessageSize: number;
  readonly tap: MessageTap;
  /** Takes what was read, one message at a time. */
  readonly receive: (result: ReadResult, connection: StreamConnection) => void;
  /** Takes a reply whose connection has ended. */
  readonly orphaned: (request: SipRequestMessage, bytes: Uint8Array) => void;
}

export interface StreamConnectionOptions {
  readonly settings: StreamSettings;
  readonly socket: Socket | TLSSocket;
  readonly source: Source;
  /** True when the other side opened it. */
  readonly accepted: boolean;
  /** Called once, when the connection has ended in whatever way. */
  readonly ended: () => void;
}

/** A request that waits for its reply, or a hold: while a connection has one it is not idle. */
export interface StreamUser {
  /** Whether the connection has to be kept alive through silence. */
  readonly holds: boolean;
  /** Called once, when the connection has ended in whatever way. */
  ended(end: StreamEnd, detail: string): void;
}

const PING = Buffer.from('\r\n\r\n');
const PONG = Buffer.from('\r\n');
/** Bytes that wait for a reader before no more of its requests are read. */
const PAUSE_ABOVE = 256 * 1024;
/**
 * How long the other side may take to read our last bytes. After a fault what it still sends is thrown away meanwhile:
 * closing at once would take our answer back (RST).
 */
const LINGER_MS = 1_000;
/** How long who has closed its half of the connection may wait for replies. */
const HALF_CLOSED_MS = 2_000;

/**
 * One TCP or TLS connection: frames what comes, joins the writes of one tick, and cuts the other side off when it is too
 * slow with its headers, its messages or its reading.
 */
export class StreamConnection extends WheelTimer implements Origin {
  readonly lossy = false;
  readonly source: Source;
  readonly accepted: boolean;
  /** Bytes received so far. */
  received = 0;
  readonly #settings: StreamSettings;
  readonly #endedListener: () => void;
  readonly #users = new Set<StreamUser>();
  #holds = 0;
  readonly #socket: Socket | TLSSocket;
  readonly #framer: StreamFramer;
  #state: 'connecting' | 'open' | 'ended';
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #flushing = false;
  #activeAt: number;
  #writtenAt: number;
  /** Since when the other side has not read all that it could; -1 when it has. */
  #stalledAt = -1;
  /** When the other side said that it sends no more; -1 before. */
  #halfClosedAt = -1;
  /** Since when a message is incomplete; -1 when none is. */
  #partialAt = -1;

  constructor(options: StreamConnectionOptions) {
    super();
    this.#settings = options.settings;
    this.#endedListener = options.ended;
    this.source = options.source;
    this.accepted = options.accepted;
    this.#socket = options.socket;
    this.#state = options.accepted ? 'open' : 'connecting';
    const { maxMessageSize, tap } = options.settings;
    this.#framer = new StreamFramer(options.source, maxMessageSize, (message) => {
      if (tap.hasTakers) this.#trace('received', message);
    });
    this.#activeAt = this.#settings.clock.now();
    this.#writtenAt = this.#activeAt;
    this.#listen();
    this.#settings.wheel.start(this, STREAM_CHECK_MS);
  }

  get usable(): boolean {
    return this.#state !== 'ended';
  }

  /** Whether a connection that we opened has come about. */
  get connected(): boolean {
    return this.#state === 'open';
  }

  join(user: StreamUser): void {
    this.#users.add(user);
    if (user.holds) this.#holds++;
  }

  leave(user: StreamUser): void {
    if (this.#users.delete(user) && user.holds) this.#holds--;
  }

  /** Bytes that the other side has not taken yet. */
  get backlog(): number {
    return this.#socket.writableLength + this.#pendingBytes;
  }

  /** Whether that much more may be written. */
  hasRoomFor(size: number): boolean {
    return this.backlog + size <= this.#settings.limits.writeBuffer;
  }

  /** Sends with all else of this tick in one write. False when there is no room or the connection has ended. */
  write(bytes: Uint8Array): boolean {
    if (this.#state === 'ended' || !this.hasRoomFor(bytes.length)) return false;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#state === 'open') this.#flushSoon();
    return true;
  }

  /** RFC 3261 18.2.2: over this connection. Who does not read the replies to its own requests is cut off. */
  reply(request: SipRequestMessage, bytes: Uint8Array): void {
    if (this.#state === 'ended') {
      this.#settings.orphaned(request, bytes);
      return;
    }
    if (this.write(bytes)) return;
    this.#settings.counters.add('sip_connections_cut', 'write_buffer');
    this.cut('closed', 'the other side does not read');
  }

  /** Sends what waits and closes. */
  finish(end: 'closed' | 'stopped' = 'closed'): void {
    if (this.#state === 'connecting') {
      this.cut(end, 'closed by this node');
      return;
    }
    this.#flush();
    this.#end(end, 'closed by this node');
    this.#socket.destroySoon();
    if (!this.#socket.destroyed) this.#settings.wheel.start(this, LINGER_MS);
  }

  /** Closes at once. */
  cut(end: StreamEnd, detail: string): void {
    this.#end(end, detail);
    this.#settings.wheel.cancel(this);
    this.#socket.destroy();
  }

  override expire(): void {
    if (this.#state === 'ended') {
      this.#socket.destroy();
      return;
    }
    const { clock, wheel, limits } = this.#settings;
    const now = clock.now();
    const late = this.#lateness(now);
    if (late !== undefined) {
      this.#settings.counters.add('sip_connections_cut', late);
      this.cut('timeout', `cut: ${late}`);
      return;
    }
    if (this.#halfClosedAt >= 0 && now - this.#halfClosedAt > HALF_CLOSED_MS) {
      this.finish();
      return;
    }
    if (this.#users.size === 0 && now - this.#activeAt > limits.idleMs) {
      this.finish();
      return;
    }
    if (this.#holds > 0 && now - this.#writtenAt >= KEEP_ALIVE_MS) {
      this.write(PING);
      this.#writtenAt = now;
    }
    wheel.start(this, STREAM_CHECK_MS);
  }

  #lateness(now: number): 'connect' | 'stalled' | 'header' | 'message' | undefined {
    const { limits } = this.#settings;
    if (this.#state === 'connecting') return now - this.#activeAt > limits.connectMs ? 'connect' : undefined;
    if (this.#stalledAt >= 0) return now - this.#stalledAt > limits.stallMs ? 'stalled' : undefined;
    if (this.#partialAt < 0) return undefined;
    if (now - this.#partialAt > limits.messageMs) return 'message';
    return !this.#framer.inBody && now - this.#partialAt > limits.headerMs ? 'header' : undefined;
  }

  #listen(): void {
    const socket = this.#socket;
    const opened = 'encrypted' in socket ? 'secureConnect' : 'connect';
    if (!this.accepted) socket.once(opened, () => this.#opened());
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('drain', () => this.#drained());
    socket.on('error', (error: Error) => this.#failed(error));
    socket.on('end', () => this.#otherSideEnded());
    socket.on('close', () => this.cut('closed', 'closed by the other side'));
  }

  #opened(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'open';
    this.#activeAt = this.#settings.clock.now();
    if (this.#pendingBytes > 0) this.#flush();
  }

  #read(chunk: Buffer): void {
    if (this.#state !== 'open') return;
    const now = this.#settings.clock.now();
    this.#activeAt = now;
    this.received += chunk.length;
    this.#framer.push(chunk);
    let messages = 0;
    for (let result = this.#framer.next(); result !== undefined; result = this.#framer.next()) {
      messages++;
      if (result.kind === 'ping') this.#pong();
      else this.#settings.receive(result, this);
      if (!this.usable) return;
    }
    if (this.#framer.broken) {
      this.#refuse();
      return;
    }
    if (!this.#framer.partial) this.#partialAt = -1;
    else if (messages > 0 || this.#partialAt < 0) this.#partialAt = now;
  }

  #pong(): void {
    this.#settings.counters.add('sip_keep_alives_received');
    this.write(PONG);
  }

  /** Where the next message begins is unknown. The fault has been answered; reading on lets the answer arrive. */
  #refuse(): void {
    this.#settings.counters.add('sip_connections_cut', 'framing');
    this.#flush();
    this.#end('closed', 'what came was no SIP');
    this.#socket.end();
    this.#settings.wheel.start(this, LINGER_MS);
  }

  #drained(): void {
    this.#stalledAt = -1;
    if (this.#partialAt >= 0) this.#partialAt = this.#settings.clock.now();
    this.#socket.resume();
  }

  #failed(error: Error): void {
    const authorization = 'authorizationError' in this.#socket ? this.#socket.authorizationError : null;
    this.cut(endOf(error, this.#state === 'connecting', Boolean(authorization)), error.message);
  }

  /** Who has sent its requests and closed its half may still wait for the answers; a server that does it is gone. */
  #otherSideEnded(): void {
    if (!this.accepted) {
      this.cut('closed', 'closed by the other side');
      return;
    }
    this.#halfClosedAt = this.#settings.clock.now();
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    process.nextTick(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#state !== 'open' || this.#pendingBytes === 0) return;
    const chunks = this.#pending;
    const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, this.#pendingBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    if (this.#settings.tap.hasTakers) for (const chunk of chunks) this.#trace('sent', chunk);
    const now = this.#settings.clock.now();
    this.#activeAt = now;
    this.#writtenAt = now;
    if (this.#socket.write(bytes)) return;
    if (this.#stalledAt < 0) this.#stalledAt = now;
    // Who does not read the replies is not read from either. Never where we are the client: were both sides to wait
    // for the other to read, neither would.
    if (this.accepted && this.#socket.writableLength > PAUSE_ABOVE) this.#socket.pause();
  }

  /** Keep-alives are no messages. */
  #trace(direction: TracedMessage['direction'], bytes: Uint8Array): void {
    if (bytes === PING || bytes === PONG) return;
    const { localAddress = '', localPort = 0 } = this.#socket;
    const { transport, address, port } = this.source;
    const local = { address: plainAddress(localAddress), port: localPort };
    this.#settings.tap.take({ direction, transport, local, remote: { address, port }, bytes });
  }

  #end(end: StreamEnd, detail: string): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#settings.wheel.cancel(this);
    this.#settings.counters.add('sip_connections_closed', this.source.transport);
    this.#endedListener();
    for (const user of [...this.#users]) user.ended(end, detail);
    this.#users.clear();
  }
}

/** A TLS alert comes when the other side does not take our certificate, which with TLS 1.3 is after the handshake. */
function endOf(error: Error, connecting: boolean, unauthorized: boolean): StreamEnd {
  const code = 'code' in error ? String(error.code) : '';
  if (unauthorized || (code.startsWith('ERR_SSL_') && code.includes('ALERT'))) return 'untrusted';
  if (!connecting) return 'closed';
  return code === 'ECONNREFUSED' || code === 'ECONNRESET' || code.startsWith('ERR_') ? 'refused' : 'timeout';
}
