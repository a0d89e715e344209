import { Cluster, Command, type Redis } from 'ioredis';
import { formatDbUrl } from '../../core/mqueue/db-url.ts';
import { StoreError } from '../../core/mqueue/store-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/telemetry.ts';
import type { Script } from './partition-scripts.ts';
import { makeRedisClient, type RedisClient } from './redis-client.ts';
import { isReply, storeErrorOf } from './redis-error.ts';
import type { RedisStoreOptions } from './redis-store-options.ts';
import { ScriptFrames } from './script-call.ts';

/** What a script answers: a word, then strings; undefined stands for a missing field. */
export type ScriptReply = readonly [word: string, ...fields: (string | undefined)[]];

/** The commands that both clients have. */
export type RedisCommands = Pick<
  Redis,
  'evalsha' | 'eval' | 'hmget' | 'lrangeBuffer' | 'sadd' | 'srem' | 'smembers' | 'sendCommand'
>;

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
  #client: RedisClient | undefined;
  #becoming: Promise<void> | undefined;
  /** Why there is no connection, as far as is known. */
  #trouble: unknown;
  #closed = false;

  constructor(options: RedisStoreOptions) {
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
    const { source, sha } = this.flags ? script.flagged : script.plain;
    const send = async (redis: RedisCommands, name: 'evalsha' | 'eval', text: string) => {
      const { command, done } = this.#frames.command(name, text, keys, args, records);
      const reply = await redis.sendCommand(command);
      done();
      return replyOf(reply);
    };
    return this.call(what, (redis) => {
      return send(redis, 'evalsha', sha).catch((error: unknown) => {
        if (!isUnknownScript(error)) throw error;
        return send(redis, 'eval', source);
      });
    });
  }

  /** Runs commands on the one connection that leads to a key's master. They may take twice as long as others: they wait for a disk. */
  onMasterOf<T>(what: string, key: string, commands: (node: Redis) => Promise<T>): Promise<T> {
    return this.#bounded(what, 2 * this.#options.commandTimeoutMs, undefined, async () => {
      const node = masterOf(this.#client, key);
      if (node === undefined)
        throw new StoreError('STORE_UNAVAILABLE', `${this.name}: the master of the slot is not known`);
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

  /** Ends open calls with STORE_UNAVAILABLE. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#client?.disconnect();
    for (const end of [...this.#open]) end(this.#closedError());
  }

  #usable(): RedisClient {
    if (this.#client === undefined) throw new StoreError('STORE_UNAVAILABLE', `${this.name}: not connected`);
    if (this.#client.status === 'end') {
      // It has given up for good, as on a setting that can't work at this moment.
      this.#client = this.#watch(makeRedisClient(this.#options));
      this.#client.connect().catch((error: unknown) => {
        this.#trouble ??= error;
      });
    }
    return this.#client;
  }

  #closedError(): StoreError {
    return new StoreError('STORE_UNAVAILABLE', `${this.name}: the store is closed`);
  }

  /** Lets the call end in any case; what it does afterwards is nobody's business any more. */
  async #bounded<T>(what: string, ms: number, signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    if (this.#closed) throw this.#closedError();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const timer = this.#clock.after(ms, () => {
      const late = new StoreError('STORE_UNAVAILABLE', `${this.name}: no answer to ${what} in ${ms} ms`);
      reject(this.#trouble === undefined ? late : storeErrorOf(this.#trouble, this.name));
    });
    const onAbort = () => reject(new StoreError('STORE_UNAVAILABLE', `${this.name}: given up`));
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#open.add(reject);
    call().then(resolve, (error) => reject(this.#errorOf(error)));
    try {
      return await promise;
    } finally {
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
      this.#open.delete(reject);
    }
  }

  /** "Connection is closed" says less than what closed it. */
  #errorOf(error: unknown): StoreError {
    const known = isReply(error) || error instanceof StoreError || this.#trouble === undefined;
    return storeErrorOf(known ? error : this.#trouble, this.name);
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
    const trouble = (error: unknown) => {
      this.#trouble = error;
    };
    client.on('error', trouble);
    client.on('node error', trouble);
    client.on('ready', () => {
      if (known === 'lost') this.#log.info('the store of queues is connected again', { store: this.name });
      known = 'connected';
      this.#trouble = undefined;
    });
    client.on('close', () => {
      if (known !== 'connected' || this.#closed || client !== this.#client) return;
      known = 'lost';
      const reason = storeErrorOf(this.#trouble ?? 'connection closed', this.name).message;
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

/** Runs a script by its hash, and with its text where the server does not know it yet. */
export async function runScript(
  redis: Pick<RedisCommands, 'evalsha' | 'eval'>,
  script: Script,
  flags: boolean,
  keys: readonly string[],
  args: readonly string[],
): Promise<ScriptReply> {
  const { source, sha } = flags ? script.flagged : script.plain;
  const all = [...keys, ...args];
  const reply = await redis.evalsha(sha, keys.length, ...all).catch((error: unknown) => {
    if (!isUnknownScript(error)) throw error;
    return redis.eval(source, keys.length, ...all);
  });
  return replyOf(reply);
}

function isUnknownScript(error: unknown): boolean {
  return isReply(error) && String(error).includes('NOSCRIPT');
}

function replyOf(reply: unknown): ScriptReply {
  if (!Array.isArray(reply)) throw new TypeError('a script answered with no list');
  const [word, ...fields] = reply.map((field: unknown) => (field === null ? undefined : String(field)));
  return [word ?? '', ...fields];
}
