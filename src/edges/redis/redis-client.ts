import { readFileSync } from 'node:fs';
import { type ConnectionOptions, createSecureContext } from 'node:tls';
import { Cluster, type RedisOptions as IoredisOptions, Redis } from 'ioredis';
import { StoreError } from '../../core/mqueue/store-error.ts';
import { whyUnreadable } from '../../core/why-unreadable.ts';
import type { RedisStoreOptions, RedisTlsFiles } from './redis-store-options.ts';

export type RedisClient = Redis | Cluster;

/** Replies keep the form of RESP2, and so the types of the client. */
type RedisOptions = Omit<IoredisOptions, 'replyMapping'>;

const LONGEST_RETRY_MS = 2000;
/** A socket that says nothing although it owes an answer is given up a little later than the call that waits for it. */
const SOCKET_GRACE_MS = 250;

/**
 * Makes a client for the kind of Redis that the URL names, not yet connected. It reconnects by itself and sends nothing twice: a command
 * whose connection is lost fails, and nothing is queued while there is no connection. Throws when a TLS file can't be read.
 */
export function makeRedisClient(options: RedisStoreOptions): RedisClient {
  const { url } = options;
  const tls = url.tls ? readTls(options.tls) : undefined;
  const retryStrategy = (times: number): number => {
    // The object stays the same: the client looks into it at each connection.
    if (tls !== undefined) Object.assign(tls, tryToReadTls(options.tls));
    return Math.min(50 * 2 ** Math.min(times, 10), LONGEST_RETRY_MS);
  };
  const shared = {
    ...userOf(options),
    ...(tls === undefined ? {} : { tls }),
    connectionName: 'kdmq',
    disableClientInfo: true,
    // RESP3 gives nothing here, and not every proxy takes HELLO.
    protocol: 2,
    connectTimeout: options.connectTimeoutMs,
    // Never reached by a healthy server that waits for its disk or replicas as long as a command may take.
    socketTimeout: options.commandTimeoutMs + SOCKET_GRACE_MS,
    disconnectTimeout: 100,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // A call finds out by itself that the server is loading.
    enableReadyCheck: false,
    lazyConnect: true,
  } satisfies RedisOptions;
  const single = {
    ...shared,
    retryStrategy,
    enableOfflineQueue: false,
    // The server behind the address has become a replica: connect anew, the address or the sentinels may lead to the master.
    reconnectOnError: (error: Error) => error.message.includes('READONLY'),
  } satisfies RedisOptions;
  switch (url.kind) {
    case 'redis':
      return new Redis({ ...single, ...placeOf(url), db: url.db });
    case 'sentinel':
      return sentinelClient(url, single, options);
    case 'cluster':
      return new Cluster([...url.nodes], {
        lazyConnect: true,
        enableOfflineQueue: false,
        clusterRetryStrategy: retryStrategy,
        slotsRefreshTimeout: options.connectTimeoutMs,
        // Certificates carry names; the client would connect to the addresses behind them.
        ...(tls === undefined ? {} : { dnsLookup: (host, callback) => callback(null, host) }),
        redisOptions: shared,
      });
  }
}

type UrlOf<Kind> = Extract<RedisStoreOptions['url'], { kind: Kind }>;

function placeOf(url: UrlOf<'redis'>): RedisOptions {
  return url.path === undefined ? { host: url.host, port: url.port } : { path: url.path };
}

function sentinelClient(url: UrlOf<'sentinel'>, single: RedisOptions, options: RedisStoreOptions): Redis {
  const client = new Redis({
    ...single,
    name: url.name,
    sentinels: [...url.sentinels],
    sentinelRetryStrategy: (times) => single.retryStrategy?.(times) ?? LONGEST_RETRY_MS,
    sentinelCommandTimeout: options.commandTimeoutMs,
    updateSentinels: true,
    ...(single.tls === undefined ? {} : { sentinelTLS: single.tls, enableTLSForSentinelMode: true }),
    db: url.db,
    // Asks the server whether it is a master: a sentinel may be late.
    enableReadyCheck: true,
  });
  // Sentinels have a password of their own, or none. Where they ask for one, the one of Redis is tried.
  client.on('sentinelError', (error: Error) => {
    const { username, password } = userOf(options);
    if (!error.message.includes('NOAUTH') || password === undefined) return;
    Object.assign(client.options, { sentinelPassword: password, ...(username ? { sentinelUsername: username } : {}) });
  });
  return client;
}

function userOf({ url, username, password }: RedisStoreOptions): { username?: string; password?: string } {
  const user = username ?? url.username;
  const secret = password ?? url.password;
  return { ...(user ? { username: user } : {}), ...(secret ? { password: secret } : {}) };
}

function readTls(files: RedisTlsFiles = {}): ConnectionOptions {
  try {
    const read = {
      ...(files.caList === undefined ? {} : { ca: readFile('db_tls_ca_list', files.caList) }),
      ...(files.certificate === undefined ? {} : { cert: readFile('db_tls_certificate', files.certificate) }),
      ...(files.privateKey === undefined ? {} : { key: readFile('db_tls_private_key', files.privateKey) }),
    };
    createSecureContext(read); // throws where they do not fit together
    return { ...read, ...(files.serverName === undefined ? {} : { servername: files.serverName }) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const settings = 'db_tls_ca_list, db_tls_certificate, db_tls_private_key';
    throw new StoreError('STORE_REFUSED', `the TLS files for Redis are not usable (${settings}): ${why}`);
  }
}

function readFile(setting: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new Error(`${setting}: ${path} ${whyUnreadable(cause)}`, { cause });
  }
}

/** In the middle of a renewal a file may be missing; then the ones from before stay in use. */
function tryToReadTls(files: RedisTlsFiles | undefined): ConnectionOptions {
  try {
    return readTls(files);
  } catch {
    return {};
  }
}
