import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { Redis, type RedisOptions } from 'ioredis';
import type { DbUrl } from '../../src/core/mqueue/db-url.ts';
import { GuardedProcess } from '../guarded-process.ts';
import { kamailioSidFolder } from '../machine.ts';

/** `redis` is Debian 12's 7.0, without WAITAOF; `valkey` is Debian sid's, with it. */
export type ServerKind = 'redis' | 'valkey';

export interface ServerTls {
  readonly certificate: string;
  readonly privateKey: string;
  readonly caList: string;
}

export interface ServerOptions {
  readonly kind?: ServerKind;
  /** A loopback address that nobody else uses: the port is always 6379. */
  readonly address: string;
  /** Lines of the configuration file, as `maxmemory 10mb`. */
  readonly config?: readonly string[];
  /** Listens on a unix socket and on nothing else. */
  readonly unixSocket?: boolean;
  /** Listens with TLS and without it on nothing; clients need a certificate. */
  readonly tls?: ServerTls;
  /** `default` of the server itself, where it is switched off or has a password. */
  readonly admin?: Pick<RedisOptions, 'username' | 'password'>;
  readonly sentinel?: boolean;
}

const PORT = 6379;

/** A Redis or Valkey of the test's own, with an append-only file unless the configuration says otherwise. */
export class RedisServer {
  readonly address: string;
  readonly #options: ServerOptions;
  readonly #root: string;
  readonly #folder: string;
  readonly #log: string[] = [];
  #process: GuardedProcess | undefined;

  private constructor(options: ServerOptions) {
    this.address = options.address;
    this.#options = options;
    this.#root = options.kind === 'valkey' ? kamailioSidFolder : '/';
    this.#folder = mkdtempSync(join(this.#root, tmpdir(), 'kdmq-redis-'));
    writeFileSync(join(this.#folder, 'redis.conf'), `${this.#config().join('\n')}\n`);
  }

  /** Resolves when it answers. */
  static async start(options: ServerOptions): Promise<RedisServer> {
    const server = new RedisServer(options);
    try {
      await server.restart();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get url(): Extract<DbUrl, { kind: 'redis' }> {
    const { unixSocket, tls } = this.#options;
    if (unixSocket === true)
      return { kind: 'redis', host: '', port: 0, path: join(this.#folder, 'socket'), tls: false, db: 0 };
    return { kind: 'redis', host: this.address, port: PORT, tls: tls !== undefined, db: 0 };
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** The last lines that it has written. */
  get log(): string {
    return this.#log.slice(-20).join('\n');
  }

  /** A plain connection to it, as its administrator or as somebody else. The caller disconnects it. */
  admin(user = this.#options.admin): Redis {
    const { unixSocket, tls } = this.#options;
    const client = new Redis({
      ...(unixSocket === true ? { path: join(this.#folder, 'socket') } : { host: this.address, port: PORT }),
      ...(tls === undefined ? {} : { tls: { rejectUnauthorized: false, ...this.#clientTls() } }),
      ...user,
      protocol: 2,
      lazyConnect: true,
      disableClientInfo: true,
      commandTimeout: 10_000,
      enableReadyCheck: false,
      retryStrategy: () => null,
    });
    client.on('error', () => {});
    return client;
  }

  /** One admin command on a connection of its own. */
  async command(name: string, ...args: (string | number)[]): Promise<unknown> {
    const admin = this.admin();
    try {
      return await admin.call(name, ...args);
    } finally {
      admin.disconnect();
    }
  }

  /** Starts it again with what is on its disk. */
  async restart(): Promise<void> {
    this.#copyTlsFiles();
    const inside = this.#root === '/' ? this.#folder : this.#folder.slice(this.#root.length);
    const server = [
      this.#options.kind === 'valkey' ? 'valkey-server' : 'redis-server',
      `${inside}/redis.conf`,
      ...(this.#options.sentinel === true ? ['--sentinel'] : []),
    ];
    const [command = '', ...args] = this.#root === '/' ? server : ['chroot', this.#root, ...server];
    const started = await GuardedProcess.start(command, args, { onLine: (line) => this.#log.push(line) });
    this.#process = started;
    const deadline = performance.now() + 10_000;
    for (;;) {
      if (!started.running) throw new Error(`it ended at once:\n${this.log}`);
      const problem = await this.command('PING').then(
        () => undefined,
        (error: Error) => error,
      );
      if (problem === undefined) return;
      if (performance.now() > deadline) throw problem;
      await after(20);
    }
  }

  /** Kills it and starts it without its data, as when a volume is lost. */
  async restartEmpty(): Promise<void> {
    await this.kill();
    for (const name of ['appendonlydir', 'dump.rdb', 'nodes.conf'])
      rmSync(join(this.#folder, name), { recursive: true, force: true });
    await this.restart();
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** SIGSTOP: its kernel still takes connections and bytes. */
  pause(): void {
    this.#process?.signal('SIGSTOP');
  }

  resume(): void {
    this.#process?.signal('SIGCONT');
  }

  /** Kills it and removes its folder. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #config(): string[] {
    const inside = this.#root === '/' ? this.#folder : this.#folder.slice(this.#root.length);
    const { unixSocket, tls, config = [], sentinel } = this.#options;
    const listen = unixSocket === true ? ['port 0', `unixsocket ${inside}/socket`] : [`bind ${this.address}`];
    const port = unixSocket === true || tls !== undefined ? [] : [`port ${PORT}`];
    const storage =
      sentinel === true ? [] : ['save ""', 'appendonly yes', 'appendfsync everysec', 'enable-debug-command yes'];
    return [
      `dir ${inside}`,
      'daemonize no',
      'protected-mode no',
      ...listen,
      ...port,
      ...this.#tlsConfig(inside),
      ...storage,
      ...config,
    ];
  }

  #tlsConfig(inside: string): string[] {
    const { tls } = this.#options;
    if (tls === undefined) return [];
    return [
      'port 0',
      `tls-port ${PORT}`,
      `tls-cert-file ${inside}/${basename(tls.certificate)}`,
      `tls-key-file ${inside}/${basename(tls.privateKey)}`,
      `tls-ca-cert-file ${inside}/${basename(tls.caList)}`,
    ];
  }

  #copyTlsFiles(): void {
    for (const path of Object.values(this.#options.tls ?? {})) copyFileSync(path, join(this.#folder, basename(path)));
  }

  /** The server's own certificate does for its administrator. */
  #clientTls(): { cert: Buffer; key: Buffer } | undefined {
    const { tls } = this.#options;
    return tls && { cert: readFileSync(tls.certificate), key: readFileSync(tls.privateKey) };
  }
}
