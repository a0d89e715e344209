import { hostname, networkInterfaces } from 'node:os';
import { Bindings } from './bindings/bindings.ts';
import { Bus } from './bus/bus.ts';
import { controllerFor, podInstance } from './controller-for.ts';
import { isOwnAddress } from './core/own-address.ts';
import type { Settings } from './core/settings.ts';
import { CounterRegistry } from './edges/counters/counter-registry.ts';
import { DnsResolver } from './edges/dns/dns-resolver.ts';
import { type CaptureServer, HepSender } from './edges/hep/hep-sender.ts';
import { SocketTransport, type TlsOptions } from './edges/sip/transport.ts';
import { packageVersion } from './edges/system/package-version.ts';
import { SystemClock } from './edges/system/system-clock.ts';
import { SystemRandom } from './edges/system/system-random.ts';
import { unclearedBytes } from './edges/system/uncleared-bytes.ts';
import { MessageTaps } from './edges/trace/message-taps.ts';
import { KdmqNode } from './kdmq-node.ts';
import { queueStoreFor, spillStoreFor } from './open-queue-store.ts';
import type { Log } from './ports/telemetry.ts';
import type { Tracing } from './ports/tracing.ts';
import { Queues } from './queues/queues.ts';
import { TimedStore } from './queues/timed-store.ts';

/** How many commands that get no answer an add waits for. */
const storePatience = 5;

export interface NodeParts {
  /** Read and checked, as `loadSettings` or `parseSettings` give them. */
  readonly settings: Settings;
  readonly log: Log;
  /** Names this life of the node. When left out, made of `pod_uid` and the time, or random. */
  readonly instance?: string;
  /** What is counted goes in here; a registry of its own when left out. */
  readonly counters?: CounterRegistry;
  /** Nothing is traced when left out. */
  readonly tracing?: Tracing;
  /** Where its SIP messages can be followed. */
  readonly taps?: MessageTaps;
}

const noTraces: Tracing = { tracer: undefined };

/** The composition root: the one place that knows which classes stand behind the ports. Nothing runs before `start()`. */
export function createNode(parts: NodeParts): KdmqNode {
  const { settings, log, instance, counters = new CounterRegistry(), tracing = noTraces, taps } = parts;
  const clock = new SystemClock();
  const tap = taps ?? new MessageTaps(clock);
  const random = new SystemRandom();
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
    tap,
  });
  const { server_address } = settings;
  const streams = settings.listen.filter(({ transport: name, port }) => name !== 'udp' && port === server_address.port);
  let current = settings;
  const bus = new Bus({
    identity: {
      uri: server_address,
      incarnation: clock.wallTime(),
      instance: instance ?? podInstance(settings, clock) ?? random.token(16),
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
    tracing,
    isOwnAddress: (uri) =>
      isOwnAddress(uri, { announced: server_address, listen: transport.listening, interfaces: interfaceAddresses() }),
  });
  const store = new TimedStore(queueStoreFor(settings, { clock, log }), () => clock.now());
  const queues = new Queues({
    definitions: settings.mqueue,
    cluster: settings.cluster_name,
    partition: settings.partition,
    // Seen by people when two processes claim one queue, and part of a name in the store.
    owner: `${hostname()
      .replace(/[^A-Za-z0-9.-]/g, '-')
      .slice(0, 40)}-${random.token(8)}`,
    totalBytes: settings.mqueue_total_bytes,
    newBytes: unclearedBytes,
    adopts: settings.mqueue_adopt,
    orphanAfterMs: settings.mqueue_orphan_after * 1_000,
    timeoutMs: settings.db_command_timeout * storePatience * 1_000,
    store,
    spillStore: spillStoreFor(settings, { clock, log }),
    clock,
    random,
    log,
    counters,
  });
  const bindings = new Bindings({
    bindings: settings.bindings,
    definitions: settings.mqueue,
    bus,
    queues,
    clock,
    random,
    log,
    counters,
    tracing,
  });
  const capture = new HepSender({ trace: tap, server: () => captureServer(current), clock, log, counters });
  const apply = (changed: Settings): void => {
    current = changed;
    capture.retarget();
  };
  return new KdmqNode({
    bus,
    controller: controllerFor(settings, { bus, clock, random, log, counters }),
    queues,
    bindings,
    capture,
    log,
    settings: () => current,
    apply,
    now: () => clock.now(),
    counters: () => counters.snapshot(),
    store: () => store.view,
    storeCalls: () => [...store.durations].map(([operation, durations]) => [operation, durations.counts()] as const),
  });
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

function captureServer({ duplicate_uri: server, hep_capture_id: captureId }: Settings): CaptureServer | undefined {
  return server && { host: server.host, port: server.port, captureId };
}

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
}
