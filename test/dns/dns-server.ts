import { createSocket, type Socket as DatagramSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import { type DecodedPacket, decode, TRUNCATED_RESPONSE } from 'dns-packet';
import { answerFromZone, answerWithCode, RCODE } from './answer-query.ts';
import { type DnsFault, DnsFaults, type FaultScope, matches, type Query } from './dns-faults.ts';
import { canonical, Zone } from './zone.ts';

export interface DnsServerOptions {
  /** Loopback address to bind, UDP and TCP. */
  readonly host?: string;
  /** 0: any free port, the same for UDP and TCP. */
  readonly port?: number;
  /** Longest answer over UDP, whatever the client offers. */
  readonly maxUdpSize?: number;
  /** Time to live of the answers in seconds. */
  readonly ttl?: number;
}

type Protocol = 'udp' | 'tcp';
type Reply = (answer: Buffer) => void;

const QUERY_LOG_LIMIT = 100_000;

/** A DNS server for tests and the demo: a zone and faults that can be changed while it runs, and a query log. */
export class DnsServer {
  readonly zone = new Zone();
  readonly #faults = new DnsFaults();
  readonly #options: Required<DnsServerOptions>;
  readonly #queries: Query[] = [];
  readonly #connections = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #missingUntil = new Map<string, number>();
  #missingFor = 0;
  #udp: DatagramSocket | undefined;
  #tcp: Server | undefined;
  #port = 0;

  constructor(options: DnsServerOptions = {}) {
    this.#options = { host: '127.0.0.1', port: 0, maxUdpSize: 1232, ttl: 5, ...options };
  }

  /** Where it listens, as `nameserver` lines and `dns.setServers` take it. */
  get address(): string {
    const { host } = this.#options;
    return isIPv6(host) ? `[${host}]:${this.#port}` : `${host}:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#bind();
      } catch (error) {
        await this.stop();
        // A free UDP port may be taken for TCP: another one is tried, unless the port was asked for.
        if (this.#options.port !== 0 || attempt === 10) throw error;
      }
    }
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    const [udp, tcp] = [this.#udp, this.#tcp];
    this.#udp = undefined;
    this.#tcp = undefined;
    if (udp !== undefined) await new Promise<void>((done) => udp.close(done));
    if (tcp?.listening) {
      const closed = once(tcp, 'close');
      tcp.close();
      for (const connection of this.#connections) connection.destroy();
      await closed;
    }
  }

  /** Switches a fault on for the queries in scope; the returned function ends it. */
  fail(fault: DnsFault, scope: FaultScope = {}): () => void {
    return this.#faults.add(fault, scope);
  }

  /** Ends all faults and forgets which names were missing. */
  heal(): void {
    this.#faults.clear();
    this.#missingFor = 0;
    this.#missingUntil.clear();
  }

  /** From now on a name that was asked for and missing stays missing for that long, as behind a negative cache. */
  cacheMissingNames(forMs: number): void {
    this.#missingFor = forMs;
  }

  /** How many queries came in since the last reset, of all names or those in scope. */
  count(scope: Omit<FaultScope, 'times'> = {}): number {
    return this.#queries.filter((query) => matches(scope, query)).length;
  }

  get queries(): readonly Query[] {
    return this.#queries;
  }

  resetCounts(): void {
    this.#queries.length = 0;
  }

  async #bind(): Promise<void> {
    const { host, port } = this.#options;
    const udp = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    this.#udp = udp;
    const bound = once(udp, 'listening');
    udp.bind(port, host);
    await bound;
    udp.on('message', (bytes, from) => this.#receiveDatagram(bytes, from));
    // A client that is gone makes sends fail: no concern of the server.
    udp.on('error', () => {});
    this.#port = udp.address().port;
    const tcp = createServer((connection) => this.#accept(connection));
    this.#tcp = tcp;
    const listening = once(tcp, 'listening');
    tcp.listen(this.#port, host);
    await listening;
  }

  #receiveDatagram(bytes: Buffer, from: RemoteInfo): void {
    this.#receive(bytes, 'udp', (answer) => this.#udp?.send(answer, from.port, from.address));
  }

  #accept(connection: Socket): void {
    let pending = Buffer.alloc(0);
    this.#connections.add(connection);
    connection.on('close', () => this.#connections.delete(connection));
    connection.on('error', () => connection.destroy());
    connection.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const end = 2 + pending.readUInt16BE(0);
        const message = pending.subarray(2, end);
        pending = pending.subarray(end);
        this.#receive(message, 'tcp', (answer) => writeFramed(connection, answer));
      }
    });
  }

  #receive(bytes: Buffer, protocol: Protocol, reply: Reply): void {
    const query = readQuery(bytes);
    const question = query?.questions?.[0];
    if (query === undefined || question === undefined) return;
    const asked: Query = { name: canonical(question.name), type: question.type, protocol };
    if (this.#queries.length < QUERY_LOG_LIMIT) this.#queries.push(asked);
    const fault = this.#faults.strike(asked);
    const answer = fault === undefined ? this.#answer(query, asked) : this.#faultyAnswer(fault, query, asked);
    if (answer === undefined) return;
    if (fault?.kind === 'delay') this.#later(fault.delayMs, () => reply(answer));
    else reply(answer);
  }

  #answer(query: DecodedPacket, { name, protocol }: Query): Buffer {
    if (this.#isCachedAsMissing(name)) return answerWithCode(query, RCODE.nxdomain);
    const udp = protocol === 'udp';
    const maxSize = udp ? this.#options.maxUdpSize : 65_535;
    return answerFromZone(this.zone, query, { maxSize, udp, ttl: this.#options.ttl });
  }

  #isCachedAsMissing(name: string): boolean {
    if (this.#missingFor === 0) return false;
    const until = this.#missingUntil.get(name);
    if (until !== undefined && performance.now() < until) return true;
    this.#missingUntil.delete(name);
    if (!this.zone.lookup(name, 'A').exists) this.#missingUntil.set(name, performance.now() + this.#missingFor);
    return false;
  }

  #faultyAnswer(fault: DnsFault, query: DecodedPacket, asked: Query): Buffer | undefined {
    switch (fault.kind) {
      case 'silence':
        return undefined;
      case 'delay':
        return this.#answer(query, asked);
      case 'nodata':
        return answerWithCode(query, RCODE.noerror);
      case 'truncated':
        return asked.protocol === 'udp' ? answerWithCode(query, 0, TRUNCATED_RESPONSE) : this.#answer(query, asked);
      case 'garbage':
        return garbage(query.id ?? 0, fault.bytes);
      case 'wrong_id':
        return withOtherId(this.#answer(query, asked));
      case 'cut': {
        const answer = this.#answer(query, asked);
        return answer.subarray(0, Math.max(12, answer.length >> 1));
      }
      default:
        return answerWithCode(query, RCODE[fault.kind]);
    }
  }

  #later(delayMs: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, delayMs);
    this.#timers.add(timer);
  }
}

function readQuery(bytes: Buffer): DecodedPacket | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

function writeFramed(connection: Socket, answer: Buffer): void {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(answer.length);
  if (connection.writable) connection.write(Buffer.concat([length, answer]));
}

const GARBAGE = Uint8Array.from({ length: 64 }, (_, i) => (i * 151 + 91) & 255);

function garbage(id: number, bytes: Uint8Array = GARBAGE): Buffer {
  const answer = Buffer.from(bytes);
  if (answer.length >= 2) answer.writeUInt16BE(id);
  return answer;
}

function withOtherId(answer: Buffer): Buffer {
  const changed = Buffer.from(answer);
  changed.writeUInt16BE(answer.readUInt16BE(0) ^ 0x5a5a);
  return changed;
}
