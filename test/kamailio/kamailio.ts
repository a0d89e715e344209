import { setTimeout as after } from 'node:timers/promises';
import type { GuardedProcess } from '../guarded-process.ts';
import { jsonRpc } from './json-rpc.ts';
import { type KamailioVersion, launch } from './launch.ts';
import { readSeenRequest, type SeenRequest } from './seen-request.ts';
import { sipRequest } from './sip-request.ts';

export interface KamailioOptions {
  readonly version: KamailioVersion;
  /** A loopback address of its own: Kamailio 6 knows one node per IP address. */
  readonly address: string;
  /** Default 5060. */
  readonly port?: number;
  /** What its server_address says; it listens on both. Default udp. */
  readonly transport?: 'udp' | 'tcp';
  readonly notificationAddress?: string;
  readonly multiNotify?: boolean;
  /** Seconds between pings, from Kamailio's start on. Default 5, the least that is known to work; Kamailio's own is 60. */
  readonly pingSeconds?: number;
  /** Milliseconds until a request without an answer has failed. Default 2,000; Kamailio's own is 30,000. */
  readonly answerMs?: number;
  /** More configuration: modules, modparams, event routes. */
  readonly extraConfig?: string;
  /** Address of a name server on port 53 for this Kamailio alone. Needs the right to mount. */
  readonly resolver?: string;
}

/** A row of dmq.list_nodes. */
export interface ListedNode {
  readonly host: string;
  readonly port: string;
  readonly proto: string;
  readonly resolved_ip: string;
  readonly status: string;
  readonly last_notification: number;
  readonly local: 0 | 1;
}

const longestLog = 5_000;

/** A real Kamailio with the dmq module. `await using` ends it with the test. */
export class Kamailio {
  readonly version: KamailioVersion;
  readonly address: string;
  readonly port: number;
  /** What it announces. */
  readonly uri: string;
  /** Every request that reached its request_route, oldest first; it goes on growing. */
  readonly seen: SeenRequest[] = [];
  readonly #options: KamailioOptions;
  #log: string[] = [];
  #process: GuardedProcess | undefined;

  /** Use startKamailio. */
  constructor(options: KamailioOptions) {
    this.#options = options;
    this.version = options.version;
    this.address = options.address;
    this.port = options.port ?? 5060;
    this.uri = `sip:${this.address}:${this.port}${options.transport === 'tcp' ? ';transport=tcp' : ''}`;
  }

  /** Resolves when it answers; rejects with its log when it doesn't within 20 s. */
  async start(): Promise<void> {
    const { version, pingSeconds = 5, answerMs = 2_000, resolver } = this.#options;
    const { address, port, uri } = this;
    const onLine = (line: string) => this.#onLine(line);
    const extra = extraConfig(this.#options);
    this.#process = await launch({ version, address, port, uri, pingSeconds, answerMs, extra, resolver, onLine });
    try {
      await this.#answers(this.#process);
    } catch (cause) {
      await this.kill();
      throw new Error(`Kamailio ${version} on ${address} did not start:\n${this.log}`, { cause });
    }
  }

  /** The last lines of its log. */
  get log(): string {
    return this.#log.join('\n');
  }

  /** Of its main process, and of its process group. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  /** JSON-RPC of Kamailio, with positional parameters. */
  rpc(method: string, ...params: readonly unknown[]): Promise<unknown> {
    return jsonRpc(this.address, this.port, method, params);
  }

  async listNodes(): Promise<ListedNode[]> {
    return (await this.rpc('dmq.list_nodes')) as ListedNode[];
  }

  /** Its node list without itself, `host:port` → status. */
  async others(): Promise<Record<string, string>> {
    const others = (await this.listNodes()).filter(({ local }) => local === 0);
    return Object.fromEntries(others.map(({ host, port, status }) => [`${host}:${port}`, status]));
  }

  /** The entries of its replicated table, name → value. */
  async table(): Promise<Record<string, string | number>> {
    const slots = (await this.rpc('htable.dump', 'table')) as { slot: { name: string; value: string | number }[] }[];
    return Object.fromEntries(slots.flatMap(({ slot }) => slot).map(({ name, value }) => [name, value]));
  }

  /** Its script sets an entry of the table, which goes to all nodes. */
  setTable(name: string, value: string): Promise<number> {
    return this.#ask('PUBLISH', name, value);
  }

  /** Its script calls dmq_bcast_message. */
  broadcast(channel: string, body: string | Buffer, contentType = 'text/plain'): Promise<number> {
    return this.#ask('MESSAGE', channel, body, [['X-Type', contentType]]);
  }

  /** Its script calls dmq_send_message; `node` is a SIP URI. */
  send(node: string, channel: string, body: string | Buffer, contentType = 'text/plain'): Promise<number> {
    const headers = [['X-Type', contentType] as const, ['X-Node', node] as const];
    return this.#ask('MESSAGE', channel, body, headers);
  }

  /** Its script gets a REGISTER from outside and calls dmq_t_replicate. */
  replicate(user: string): Promise<number> {
    return this.#ask('REGISTER', user);
  }

  /** The first request seen, also of those before the call, that `wanted` says yes to. */
  async waitForRequest(wanted: (request: SeenRequest) => boolean, deadlineMs = 10_000): Promise<SeenRequest> {
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      const found = this.seen.find(wanted);
      if (found) return found;
      if (performance.now() > deadline) {
        const arrived = this.seen.map(({ method, user, source }) => `${method} ${user} from ${source.address}`);
        throw new Error(`not seen by Kamailio within ${deadlineMs} ms; it saw: ${arrived.join(', ') || 'nothing'}`);
      }
      await after(20);
    }
  }

  /** SIGTERM to its main process, as its service does. False when it had to be killed. */
  async stop(): Promise<boolean> {
    return (await this.#process?.stop()) ?? true;
  }

  /** SIGKILL to all its processes at once. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** SIGSTOP to all its processes: bound, but it neither reads nor answers. */
  freeze(): void {
    if (this.#process?.running) process.kill(-this.#process.pid, 'SIGSTOP');
  }

  /** SIGCONT after freeze. */
  thaw(): void {
    if (this.#process?.running) process.kill(-this.#process.pid, 'SIGCONT');
  }

  /** Stops it and starts it again on the same address with an empty list. What it saw before is forgotten. */
  async restart(): Promise<void> {
    await this.stop();
    this.seen.length = 0;
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #ask(method: string, user: string, body: string | Buffer = '', headers: readonly (readonly [string, string])[] = []) {
    return sipRequest({ method, address: this.address, port: this.port, user, body, headers });
  }

  #onLine(line: string): void {
    const request = readSeenRequest(line);
    if (request) this.seen.push(request);
    this.#log.push(line.length > 500 ? `${line.slice(0, 500)}…` : line);
    if (this.#log.length > longestLog) this.#log = this.#log.slice(-longestLog / 2);
  }

  async #answers(process: GuardedProcess): Promise<void> {
    const deadline = performance.now() + 20_000;
    for (;;) {
      try {
        await this.rpc('core.version');
        return;
      } catch (error) {
        if (!process.running || performance.now() > deadline) throw error;
      }
      await after(50);
    }
  }
}

function extraConfig({ notificationAddress, multiNotify, extraConfig: more }: KamailioOptions): string {
  const lines = ['# written by the test'];
  if (notificationAddress) lines.push(`modparam("dmq", "notification_address", "${notificationAddress}")`);
  if (multiNotify) lines.push('modparam("dmq", "multi_notify", 1)');
  if (more) lines.push(more);
  return `${lines.join('\n')}\n`;
}

/** Starts a Kamailio and resolves when it answers. */
export async function startKamailio(options: KamailioOptions): Promise<Kamailio> {
  const kamailio = new Kamailio(options);
  await kamailio.start();
  return kamailio;
}
