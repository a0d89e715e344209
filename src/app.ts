import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { Bus } from './bus/bus.ts';
import { isOwnAddress } from './core/own-address.ts';
import type { Settings } from './core/settings.ts';
import { CounterRegistry } from './edges/counters/counter-registry.ts';
import { DnsResolver } from './edges/dns/dns-resolver.ts';
import { FileQueueStore } from './edges/file/file-queue-store.ts';
import { RedisQueueStore } from './edges/redis/redis-queue-store.ts';
import { SocketTransport, type TlsOptions } from './edges/sip/transport.ts';
import { packageVersion } from './edges/system/package-version.ts';
import { SystemClock } from './edges/system/system-clock.ts';
import { SystemRandom } from './edges/system/system-random.ts';
import { KdmqNode } from './kdmq-node.ts';
import type { Clock } from './ports/clock.ts';
import type { QueueStore } from './ports/queue-store.ts';
import type { Log } from './ports/telemetry.ts';
import { Queues } from './queues/queues.ts';

/** How many commands that get no answer an add waits for. */
const storePatience = 5;

export interface NodeParts {
  /** Read and checked, as `loadSettings` or `parseSettings` give them. */
  readonly settings: Settings;
  readonly log: Log;
  /** Names this life of the node: the pod's UID and container. Random when left out. */
  readonly instance?: string;
}

/** The composition root: the one place that knows which classes stand behind the ports. Nothing runs before `start()`. */
export function createNode({ settings, log, instance }: NodeParts): KdmqNode {
  const clock = new SystemClock();
  const random = new SystemRandom();
  const counters = new CounterRegistry();
  const product = `kdmq/${packageVersion}`;
  const tls = tlsOptions(settings);
  const transport = new SocketTransport({
    listen: settings.listen,
    announced: settings.server_address,
    product,
    allow: ['KDMQ', 'OPTIONS'],
    ...(tls && { tls }),
    maxMessageSize: settings.max_message_size,
    maxConnections: settings.max_connections,
    maxConnectionsPerAddress: settings.max_connections_per_address,
    clock,
    random,
    log,
    counters,
  });
  const { server_address } = settings;
  const streams = settings.listen.filter(({ transport: name, port }) => name !== 'udp' && port === server_address.port);
  let current = settings;
  const bus = new Bus({
    identity: {
      uri: server_address,
      incarnation: clock.wallTime(),
      instance: instance ?? random.token(16),
      software: product,
      streams: [...new Set(streams.map((socket) => socket.transport))],
    },
    settings: () => current,
    transport,
    resolver: new DnsResolver({ clock, resolvConfPath: settings.resolv_conf }),
    clock,
    random,
    log,
    counters,
    isOwnAddress: (uri) =>
      isOwnAddress(uri, { announced: server_address, listen: transport.listening, interfaces: interfaceAddresses() }),
  });
  const store = createQueueStore({ settings, clock, log });
  const isInRedis = settings.db_url !== undefined && settings.db_url.kind !== 'file';
  const queues = new Queues({
    definitions: settings.mqueue,
    cluster: settings.cluster_name,
    partition: settings.partition,
    owner: random.token(12),
    totalBytes: settings.mqueue_total_bytes,
    adopts: settings.mqueue_adopt,
    orphanAfterMs: settings.mqueue_orphan_after * 1_000,
    timeoutMs: settings.db_command_timeout * storePatience * 1_000,
    store,
    spillStore: isInRedis ? fileStore(join(settings.data_dir, 'spill'), { settings, clock, log }) : undefined,
    clock,
    random,
    log,
    counters,
  });
  const apply = (changed: Settings): void => {
    current = changed;
  };
  return new KdmqNode({
    bus,
    queues,
    log,
    settings: () => current,
    apply,
    now: () => clock.now(),
    counters: () => counters.snapshot(),
  });
}

export interface QueueStoreParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
}

/** The store that `db_url` names, not opened: Redis, or files in a folder, without a `db_url` below `data_dir`. */
export function createQueueStore({ settings, clock, log }: QueueStoreParts): QueueStore {
  const { db_url: url, data_dir } = settings;
  if (url === undefined) return fileStore(join(data_dir, 'queues'), { settings, clock, log });
  if (url.kind === 'file') return fileStore(url.path, { settings, clock, log });
  return new RedisQueueStore({
    url,
    username: settings.db_username,
    password: settings.db_password,
    tls: {
      caList: settings.db_tls_ca_list,
      certificate: settings.db_tls_certificate,
      privateKey: settings.db_tls_private_key,
      serverName: settings.db_tls_server_name,
    },
    connectTimeoutMs: settings.db_connect_timeout * 1_000,
    commandTimeoutMs: settings.db_command_timeout * 1_000,
    replicas: settings.db_replicas,
    clock,
    log,
  });
}

function fileStore(folder: string, { settings, clock, log }: QueueStoreParts): QueueStore {
  return new FileQueueStore({ folder, fsync: settings.data_fsync, clock, log });
}

function tlsOptions(settings: Settings): TlsOptions | undefined {
  const { tls_certificate: certificate, tls_private_key: privateKey, tls_ca_list: caList } = settings;
  if (certificate === undefined || privateKey === undefined) return undefined;
  return {
    certificate,
    privateKey,
    caList,
    requireCertificate: settings.tls_require_certificate,
    serverName: settings.tls_server_name,
  };
}

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
}
