import { defaultPort, type NodeUri, type TransportName } from '../../core/node-uri.ts';
import type { ListenAddress } from '../../core/settings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { MessageTap } from '../../ports/message-tap.ts';
import type { Random } from '../../ports/random.ts';
import type {
  HeldConnection,
  ReplyFunction,
  RequestContent,
  SendOutcome,
  SipRequest,
  SipTransport,
} from '../../ports/sip-transport.ts';
import type { Counters, Log } from '../../ports/telemetry.ts';
import { ClientTransactions } from './client-transactions.ts';
import { HeldStream } from './held-stream.ts';
import { HostAddresses } from './host-addresses.ts';
import { Listeners } from './listeners.ts';
import type { ReadResult } from './message-reader.ts';
import { MessageWriter } from './message-writer.ts';
import { ReplyCache } from './reply-cache.ts';
import { RequestHash } from './request-hash.ts';
import { type Origin, RequestReceiver } from './request-receiver.ts';
import { RequestSender } from './request-sender.ts';
import type { SipRequestMessage } from './sip-request-message.ts';
import type { StreamSettings } from './stream-connection.ts';
import { STREAM_LIMITS, type StreamLimits } from './stream-limits.ts';
import { StreamPool } from './stream-pool.ts';
import { TimerWheel } from './timer-wheel.ts';
import { type TlsFilePaths, TlsFiles } from './tls-files.ts';

/** TLS for the listeners and for the connections that this node opens. */
export interface TlsOptions extends TlsFilePaths {
  /** Clients must show a certificate that the authorities of `caList` have signed. */
  readonly requireCertificate: boolean;
  /** DNS SAN that every node's certificate holds. Undefined: its address must be among the IP SANs. */
  readonly serverName: string | undefined;
}

export interface SocketTransportOptions {
  readonly listen: readonly ListenAddress[];
  /** What is in From on every transport. Port 0 stands for the port that the first listener of its transport gets. */
  readonly announced: NodeUri;
  /** User-Agent and Server, such as `kdmq/1.0.0`. */
  readonly product: string;
  /** Methods that Allow names. */
  readonly allow: readonly string[];
  /** Must be set where a listener or a target uses TLS. */
  readonly tls?: TlsOptions;
  /** Bytes of one message on a stream, headers included. */
  readonly maxMessageSize: number;
  /** Connections that others may have open to this node, in all and from one address. */
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly counters: Counters;
  /** Is shown what goes over the sockets. Nobody by default. */
  readonly tap?: MessageTap;
  /** Requests under way at the same time. Default 100,000. */
  readonly maxUnderWay?: number;
  /** Requests remembered to recognise a retransmission, a power of two. Default 2^20 (16 MB). */
  readonly rememberedRequests?: number;
  readonly streamLimits?: Partial<StreamLimits>;
}

/** What exists between `start` and `stop`. */
interface Running {
  readonly receiver: RequestReceiver;
  readonly sender: RequestSender;
}

/** {@link SipTransport} over real UDP, TCP and TLS sockets. */
export class SocketTransport implements SipTransport {
  readonly #options: SocketTransportOptions;
  readonly #wheel: TimerWheel;
  readonly #transactions: ClientTransactions;
  readonly #pool: StreamPool;
  readonly #listeners: Listeners;
  readonly #tls: TlsFiles | undefined;
  readonly #hosts: HostAddresses;
  #running: Running | undefined;
  #stopping: Promise<void> | undefined;
  #receive: (request: SipRequest, reply: ReplyFunction) => void = () => {};

  constructor(options: SocketTransportOptions) {
    const { clock, counters, random, tls } = options;
    this.#options = options;
    this.#wheel = new TimerWheel(clock);
    this.#hosts = new HostAddresses(clock);
    this.#transactions = new ClientTransactions({
      clock,
      counters,
      wheel: this.#wheel,
      branchPrefix: `z9hG4bK${random.token(16)}.`,
      limit: options.maxUnderWay ?? 100_000,
    });
    const files = tls && new TlsFiles(tls, clock, options.log);
    this.#tls = files;
    const settings = this.#streamSettings();
    this.#listeners = new Listeners({
      ...options,
      settings,
      tap: settings.tap,
      tls: files && { material: () => files.material, requireCertificate: tls.requireCertificate },
      take: (result, origin) => this.#take(result, origin),
    });
    this.#pool = new StreamPool({
      settings,
      tls: files && { context: () => files.context, serverName: tls.serverName },
      localAddress: (target) => this.#listeners.localAddress(target.host),
      limit: options.maxConnections,
    });
  }

  /** The sockets that are bound, with their real ports. */
  get listening(): readonly ListenAddress[] {
    return this.#listeners.addresses;
  }

  /** The announced URI, with its real port. */
  get announced(): NodeUri {
    return this.#listeners.announced;
  }

  get streamTransports(): readonly TransportName[] {
    const { port } = this.announced;
    const streams = this.listening.filter((address) => address.transport !== 'udp' && address.port === port);
    return [...new Set(streams.map((address) => address.transport))];
  }

  /** Days until the TLS certificate in use expires, negative when it has; undefined without TLS. */
  get tlsDaysToExpiry(): number | undefined {
    return this.#tls?.daysToExpiry;
  }

  /** Client transactions under way. */
  get underWay(): number {
    return this.#transactions.size;
  }

  onRequest(receive: (request: SipRequest, reply: ReplyFunction) => void): void {
    this.#receive = receive;
  }

  async start(): Promise<void> {
    try {
      await this.#tls?.start(() => this.#listeners.renewTls());
      await this.#listeners.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#running = this.#run();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  send(request: RequestContent, done: (outcome: SendOutcome) => void): void {
    if (this.#running === undefined) process.nextTick(done, NOT_RUNNING);
    else this.#running.sender.send(request, done);
  }

  relay(request: SipRequest, target: NodeUri, done: (outcome: SendOutcome) => void): void {
    if (this.#running === undefined) process.nextTick(done, NOT_RUNNING);
    else this.#running.sender.relay(request, target, done);
  }

  hold(target: NodeUri, lost: (why: 'refused' | 'closed' | 'timeout') => void): HeldConnection {
    const held = new HeldStream(lost);
    const transport = target.transport === 'tls' ? 'tls' : 'tcp';
    this.#hosts.find(target.host, (host) => {
      const connection =
        host === undefined ? 'no_address' : this.#pool.connection({ transport, host, port: target.port });
      if (typeof connection !== 'string') held.on(connection);
      else if (connection !== 'stopped') process.nextTick(() => held.lose('refused'));
    });
    return held;
  }

  async #stop(): Promise<void> {
    this.#running = undefined;
    this.#transactions.stop();
    this.#tls?.stop();
    await Promise.all([this.#pool.stop(), this.#listeners.stop()]);
    this.#wheel.stop();
  }

  #take(result: ReadResult, origin: Origin): void {
    this.#running?.receiver.take(result, origin);
  }

  #run(): Running {
    const { clock, random, counters, log, allow, product } = this.#options;
    const transactions = this.#transactions;
    const allowed = allow.join(', ');
    const writer = new MessageWriter({ own: this.announced, product, allow: () => allowed });
    const seed = (): number => Math.floor(random.fraction() * 2 ** 32);
    const receiver = new RequestReceiver({
      clock,
      counters,
      log,
      writer,
      transactions,
      hash: new RequestHash([seed(), seed(), seed(), seed()]),
      cache: new ReplyCache({ counters, entries: this.#options.rememberedRequests }),
      handle: (request, reply) => this.#receive(request, reply),
    });
    const sender = new RequestSender({
      random,
      counters,
      writer,
      transactions,
      hosts: this.#hosts,
      pool: this.#pool,
      listeners: this.#listeners,
    });
    return { receiver, sender };
  }

  #streamSettings(): StreamSettings {
    const { clock, counters, maxMessageSize, streamLimits } = this.#options;
    return {
      clock,
      counters,
      maxMessageSize,
      wheel: this.#wheel,
      limits: { ...STREAM_LIMITS, ...streamLimits },
      tap: this.#options.tap ?? NOBODY_LOOKS,
      receive: (result, connection) => this.#take(result, connection),
      orphaned: (request, bytes) => this.#replyElsewhere(request, bytes),
    };
  }

  /** RFC 3261 18.2.2: the connection is gone, so a new one to where the request came from, at the port that it names. */
  #replyElsewhere(request: SipRequestMessage, bytes: Uint8Array): void {
    const { address, transport } = request.source;
    if (transport === 'udp') return;
    const port = request.sentByPort || defaultPort(transport);
    const connection = this.#pool.connection({ transport, host: address, port });
    if (typeof connection === 'string' || !connection.write(bytes)) {
      this.#options.counters.add('sip_replies_unsent', 'unreachable');
    }
  }
}

const NOBODY_LOOKS: MessageTap = { hasTakers: false, take() {} };
const NOT_RUNNING: SendOutcome = { ok: false, failure: 'stopped', detail: 'the transport is not running' };
