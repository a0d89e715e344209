import { Cluster, Command, type Redis } from 'ioredis';
import { formatDbUrl } from '../../core/mqueue/db-url.ts';
import { StoreError } from '../../core/mqueue/store-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/telemetry.ts';
import { ListSocket } from './list-socket.ts';
import type { Script } from './partition-scripts.ts';
import { makeRedisClient, type RedisClient } from './redis-client.ts';
import { isReply, storeErrorOf } from './redis-error.ts';
import type { RedisStoreOptions } from './redis-store-options.ts';
import { type RedisCommands, runScript, ScriptFrames, type ScriptReply } from './script-call.ts';

/**
 * The way to one Redis, be it a server, the master that sentinels know, or a cluster. Every call ends: with the reply, with a StoreError,
 * at its deadline, or when the connection is closed for good.
 */
export class RedisConnection {
  readonly name: string;
  /** Whether Redis knows flags of scripts. */
  flags = false;
  readonly #options: RedisStoreOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #frames = new ScriptFrames();
  readonly #open = new Set<(error: StoreError) => void>();
  readonly #listSockets = new Set<ListSocket>();
  #client: RedisClient | undefined;
  #becoming: Promise<void> | undefined;
  /** What the client said last about its connection, and when. */
  #trouble: { readonly error: unknown; readonly at: number } | undefined;
  #closed = false;

  readonly #connectedAgain: () => void;

  /** `connectedAgain` is called when a connection that was lost has been made anew. */
  constructor(options: RedisStoreOptions, connectedAgain: () => void = () => {}) {
    this.#connectedAgain = connectedAgain;
    const { username: _, password: __, ...place } = options.url;
    this.name = formatDbUrl(place);
    this.#options = options;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** Connects once; later losses are mended by the client itself. */
  async open(signal: AbortSignal): Promise<void> {
    if (this.#client !== undefined && !this.#closed) return;
    const late = this.#options.connectTimeoutMs + this.#options.commandTimeoutMs;
    await this.#bounded('the connection', late, signal, async () => {
      this.#client = this.#watch(makeRedisClient(this.#options));
      await this.#client.connect();
      // The client goes on with the first database where the server does not have this one.
      if (!(this.#client instanceof Cluster) && this.#client.options.db) {
        await this.#client.select(this.#client.options.db);
      }
    }).catch((error: unknown) => {
      this.#client?.disconnect();
      this.#client = undefined;
      throw error;
    });
  }

  /** Runs a command; `what` says for the error message what did not get an answer. */
  call<T>(what: string, command: (redis: RedisCommands) => Promise<T>): Promise<T> {
    return this.#bounded(what, this.#options.commandTimeoutMs, undefined, async () => {
      const client = this.#usable();
      if (client.status !== 'ready') await this.#ready(client);
      return command(client);
    });
  }

  script(what: string, script: Script, keys: readonly string[], args: readonly string[]): Promise<ScriptReply> {
    return this.call(what, (redis) => runScript(redis, script, this.flags, keys, args));
  }

  /** A script whose last argument are the records, packed. */
  scriptWithRecords(
    what: string,
    script: Script,
    keys: readonly string[],
    args: readonly string[],
    records: readonly Uint8Array[],
  ): Promise<ScriptReply> {
    return this.call(what, (redis) => this.#frames.run(redis, script, this.flags, keys, args, records));
  }

  /** Runs commands on the one connection that leads to a key's master. They may take twice as long as others: they wait for a disk. */
  onMasterOf<T>(what: string, key: string, commands: (node: Redis) => Promise<T>): Promise<T> {
    return this.#bounded(what, 2 * this.#options.commandTimeoutMs, undefined, async () => {
      const node = masterOf(this.#client, key);
      if (node === undefined) throw this.#unknownMaster();
      return commands(node);
    });
  }

  /** Runs commands on the server, in a cluster on each master. */
  onMasters<T>(what: string, commands: (node: Redis) => Promise<T>): Promise<T[]> {
    return this.#bounded(what, this.#options.commandTimeoutMs, undefined, async () => {
      const client = this.#usable();
      return Promise.all((client instanceof Cluster ? client.nodes('master') : [client]).map(commands));
    });
  }

  /** A connection of its own to the server that has a list. `knows` asks that server whether it is the one that is meant. */
  async openListSocket(list: string, knows: (redis: Redis) => Promise<boolean>): Promise<ListSocket> {
    const node = masterOf(this.#client, list);
    if (node === undefined) throw this.#unknownMaster();
    const socket = new ListSocket(node, this.#clock, () => this.#listSockets.delete(socket));
    this.#listSockets.add(socket);
    const ms = this.#options.connectTimeoutMs + this.#options.commandTimeoutMs;
    try {
      await this.#bounded('a connection for a list', ms, undefined, () => socket.open(knows));
      return socket;
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /** A call over such a connection, with the deadline of every call. */
  overListSocket<T>(call: () => Promise<T>): Promise<T> {
    return this.#bounded('LRANGE', this.#options.commandTimeoutMs, undefined, call);
  }

  /** Ends open calls with STORE_UNAVAILABLE. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#client?.disconnect();
    for (const socket of [...this.#listSockets]) socket.close();
    for (const end of [...this.#open]) end(this.#closedError());
  }

  #usable(): RedisClient {
    if (this.#client === undefined) throw new StoreError('STORE_UNAVAILABLE', `${this.name}: not connected`);
    if (this.#client.status === 'end') {
      // It has given up for good, as on a setting that can't work at this moment.
      this.#client = this.#watch(makeRedisClient(this.#options));
      this.#client.connect().catch((error: unknown) => {
        this.#trouble ??= { error, at: this.#clock.now() };
      });
    }
    return this.#client;
  }

  #unknownMaster(): StoreError {
    return new StoreError('STORE_UNAVAILABLE', `${this.name}: the master of the slot is not known`);
  }

  #closedError(): StoreError {
    return new StoreError('STORE_UNAVAILABLE', `${this.name}: the store is closed`);
  }

  /** Lets the call end in any case; what it does afterwards is nobody's business any more. */
  async #bounded<T>(what: string, ms: number, signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    if (this.#closed) throw this.#closedError();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const start = this.#clock.now();
    const timer = this.#clock.after(ms, () => {
      reject(this.#errorOf(new Error(`no answer to ${what} in ${ms} ms`), start));
    });
    const onAbort = () => reject(new StoreError('STORE_UNAVAILABLE', `${this.name}: given up`));
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#open.add(reject);
    call().then(resolve, (error: unknown) => reject(this.#errorOf(error, start)));
    try {
      return await promise;
    } finally {
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
      this.#open.delete(reject);
    }
  }

  /** "Connection is closed" says less than what closed it. */
  #errorOf(error: unknown, start: number): StoreError {
    const trouble = this.#trouble;
    const says = isReply(error) || error instanceof StoreError || trouble === undefined;
    const old = trouble !== undefined && trouble.at < start && this.#client?.status === 'ready';
    return storeErrorOf(says || old ? error : trouble.error, this.name);
  }

  /** Until the attempt to connect that is under way has succeeded or failed. */
  #ready(client: RedisClient): Promise<void> {
    this.#becoming ??= new Promise<void>((resolve, reject) => {
      const done = () => settle(resolve);
      const failed = (error?: unknown) => settle(() => reject(error ?? new Error('Connection is closed.')));
      const settle = (then: () => void) => {
        this.#becoming = undefined;
        client.off('ready', done).off('error', failed).off('close', failed).off('end', failed);
        then();
      };
      client.on('ready', done).on('error', failed).on('close', failed).on('end', failed);
    });
    return this.#becoming;
  }

  #watch(client: RedisClient): RedisClient {
    let known: 'connected' | 'lost' | undefined;
    let wrongDatabase = false;
    const trouble = (error: unknown) => {
      this.#trouble = { error, at: this.#clock.now() };
      wrongDatabase = isReply(error) && error.message.includes('DB index');
      if (wrongDatabase) client.disconnect(true);
    };
    client.on('error', trouble);
    client.on('node error', trouble);
    client.on('ready', () => {
      if (wrongDatabase) return;
      this.#trouble = undefined;
      if (known === 'lost') {
        this.#log.info('the store of queues is connected again', { store: this.name });
        this.#connectedAgain();
      }
      known = 'connected';
    });
    client.on('close', () => {
      wrongDatabase = false;
      if (known !== 'connected' || this.#closed || client !== this.#client) return;
      known = 'lost';
      const reason = storeErrorOf(this.#trouble?.error ?? 'connection closed', this.name).message;
      this.#log.warn('the connection to the store of queues is lost', { store: this.name, reason });
    });
    return client;
  }
}

function masterOf(client: RedisClient | undefined, key: string): Redis | undefined {
  if (!(client instanceof Cluster)) return client;
  const owner = client.slots[new Command('get', [key]).getSlot() ?? 0]?.[0];
  return client.nodes('master').find(({ options }) => `${options.host}:${options.port}` === owner);
}
