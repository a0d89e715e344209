import { join } from 'node:path';
import type { Settings } from './core/settings.ts';
import { FileQueueStore } from './edges/file/file-queue-store.ts';
import { RedisQueueStore } from './edges/redis/redis-queue-store.ts';
import type { RedisStoreOptions, RedisTlsFiles } from './edges/redis/redis-store-options.ts';
import type { Clock } from './ports/clock.ts';
import type { QueueStore } from './ports/queue-store.ts';
import type { Log } from './ports/telemetry.ts';

export interface QueueStoreParts {
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The store that the settings name, not yet opened: part of the composition root, for the node and for `kdmq queue` alike. Without a
 * `db_url` it is the folder `queues` in `data_dir`.
 */
export function queueStoreFor(settings: Settings, { clock, log }: QueueStoreParts): QueueStore {
  const { db_url: url, data_fsync: fsync } = settings;
  if (url === undefined || url.kind === 'file') {
    return new FileQueueStore({ folder: url?.path ?? ownFolder(settings), fsync, clock, log });
  }
  return new RedisQueueStore(redisOptions(url, settings, { clock, log }));
}

/** How the Redis of these settings is reached. */
export function redisOptions(
  url: RedisStoreOptions['url'],
  settings: Settings,
  { clock, log }: QueueStoreParts,
): RedisStoreOptions {
  return {
    url,
    username: settings.db_username,
    password: settings.db_password,
    tls: redisTls(settings),
    ...redisTimeouts(settings),
    replicas: settings.db_replicas,
    clock,
    log,
  };
}

/** Where queues are kept in files; undefined where they are in Redis. */
export function queueFolder(settings: Settings): string | undefined {
  const { db_url: url } = settings;
  if (url === undefined) return ownFolder(settings);
  return url.kind === 'file' ? url.path : undefined;
}

function ownFolder({ data_dir }: Settings): string {
  return join(data_dir, 'queues');
}

/**
 * Where queues go whose Redis is away at a stop: the folder `spill` in `data_dir`, apart from queues that are kept in files there.
 * Undefined where the queues are kept in files anyway.
 */
export function spillStoreFor(settings: Settings, { clock, log }: QueueStoreParts): QueueStore | undefined {
  const { db_url: url, data_dir, data_fsync: fsync } = settings;
  if (url === undefined || url.kind === 'file') return undefined;
  return new FileQueueStore({ folder: join(data_dir, 'spill'), fsync, clock, log });
}

/** The TLS files for Redis. */
export function redisTls(settings: Settings): RedisTlsFiles {
  return {
    caList: settings.db_tls_ca_list,
    certificate: settings.db_tls_certificate,
    privateKey: settings.db_tls_private_key,
    serverName: settings.db_tls_server_name,
  };
}

export function redisTimeouts(settings: Settings): { connectTimeoutMs: number; commandTimeoutMs: number } {
  return {
    connectTimeoutMs: settings.db_connect_timeout * 1000,
    commandTimeoutMs: settings.db_command_timeout * 1000,
  };
}
