import { Bus } from '../../src/bus/bus.ts';
import { formatNodeUri, type NodeUri, type TransportName } from '../../src/core/node-uri.ts';
import type { Settings } from '../../src/core/settings.ts';
import type { Resolution } from '../../src/ports/resolver.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { MemoryCounters } from '../fakes/memory-counters.ts';
import { MemoryLog } from '../fakes/memory-log.ts';
import { PausableClock } from '../fakes/pausable-clock.ts';
import { SeededRandom } from '../fakes/seeded-random.ts';
import { VirtualNetwork, type VirtualTransport } from '../fakes/virtual-network.ts';

/** One node on the virtual network. */
export interface VirtualNode {
  readonly uri: NodeUri;
  readonly bus: Bus;
  readonly transport: VirtualTransport;
  readonly clock: PausableClock;
  readonly log: MemoryLog;
  readonly counters: MemoryCounters;
}

export const defaultSettings: Settings = {
  server_address: { host: '10.0.0.1', port: 5060, transport: 'udp' },
  server_socket: undefined,
  listen: [],
  notification_address: [{ host: 'kdmq.test', port: undefined, transport: 'udp' }],
  multi_notify: true,
  resolv_conf: '/etc/resolv.conf',
  notification_channel: 'notification_peer',
  num_workers: 2,
  worker_queue: 10_000,
  worker_usleep: 0,
  ping_interval: 10,
  probe_interval: 1,
  remove_inactive: true,
  fail_count_enabled: false,
  fail_count_threshold_not_active: 1,
  fail_count_threshold_disabled: 5,
  admission: { kind: 'private' },
  max_message_size: 65_536,
  max_connections: 4_096,
  max_connections_per_address: 64,
  tls_certificate: undefined,
  tls_private_key: undefined,
  tls_ca_list: undefined,
  tls_require_certificate: false,
  tls_server_name: undefined,
  mqueue: [],
  db_url: undefined,
  db_username: undefined,
  db_password: undefined,
  db_password_file: undefined,
  db_tls_ca_list: undefined,
  db_tls_certificate: undefined,
  db_tls_private_key: undefined,
  db_tls_server_name: undefined,
  db_connect_timeout: 2,
  db_command_timeout: 2,
  db_replicas: 0,
  data_dir: '/var/lib/kdmq',
  data_fsync: 'always',
  cluster_name: 'kdmq',
  partition: '0',
  mqueue_total_bytes: 1_073_741_824,
  mqueue_adopt: false,
  mqueue_orphan_after: 60,
  bindings: [],
  kubernetes: 'off',
  pod_ip_family: 'any',
  pod_transport: 'udp',
  kubernetes_namespace: undefined,
  pod_name: undefined,
  pod_uid: undefined,
  pod_selector: undefined,
  headless_service: undefined,
  lease_name: 'kdmq',
  observed_nodes_limit: 500,
  http_listen: { kind: 'off' },
  http_access: 'auto',
  http_read_token: undefined,
  http_read_token_file: undefined,
  http_write_token: undefined,
  http_write_token_file: undefined,
  http_token_review: false,
  http_token_review_read: [],
  http_token_review_write: [],
  http_token_review_audience: 'kdmq',
  duplicate_uri: undefined,
  hep_capture_id: 1,
  http_metrics_access: 'open',
  http_refusal_limit: 30,
  http_rate_limit: 1_000,
  http_tls_certificate: undefined,
  http_tls_private_key: undefined,
  http_tls_client_ca: undefined,
  http_tls_client_role: 'read',
  http_tls_client_write: [],
  http_max_body: 2_097_152,
  http_max_connections: 1_000,
  http_request_timeout: 30,
  shutdown_grace: 10,
  log_level: 'info',
  log_format: 'json',
};

/** A bus of whole nodes, their real core and bus code, on a virtual network and a clock that the test drives. */
export class VirtualBus {
  readonly clock = new FakeClock();
  readonly network: VirtualNetwork;
  readonly nodes = new Map<string, VirtualNode>();
  /** What DNS answers to a node; undefined is SERVFAIL. */
  dns: (asker: NodeUri) => readonly NodeUri[] | undefined = () => [...this.nodes.values()].map((node) => node.uri);
  /** The stream transports that nodes offer beside UDP. */
  streams: readonly TransportName[] = ['tcp'];
  readonly #seed: number;
  #lives = 0;

  constructor(seed = 1) {
    this.#seed = seed;
    this.network = new VirtualNetwork(this.clock, new SeededRandom(seed));
  }

  static uri(index: number): NodeUri {
    return { host: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, port: 5060, transport: 'udp' };
  }

  /** Makes a node and starts it. `instance` names its life. */
  async add(uri: NodeUri, changes: Partial<Settings> = {}, instance?: string): Promise<VirtualNode> {
    this.#lives += 1;
    const transport = this.network.place(uri);
    const log = new MemoryLog();
    const counters = new MemoryCounters();
    const settings = { ...defaultSettings, server_address: uri, ...changes };
    const clock = new PausableClock(this.clock);
    const bus = new Bus({
      identity: {
        uri,
        incarnation: clock.wallTime(),
        instance: instance ?? `life-${this.#lives}`,
        software: 'kdmq/test',
        streams: this.streams,
      },
      settings: () => settings,
      transport,
      resolver: { resolve: () => Promise.resolve(this.#resolution(uri)), close: () => {} },
      clock,
      random: new SeededRandom(this.#seed * 10_000 + this.#lives),
      log,
      counters,
      isOwnAddress: (other) => formatNodeUri(other) === formatNodeUri(uri),
    });
    await bus.start();
    const node = { uri, bus, transport, clock, log, counters };
    this.nodes.set(formatNodeUri(uri), node);
    return node;
  }

  /** `count` nodes, all started in the same moment. */
  async addMany(count: number, changes: Partial<Settings> = {}): Promise<VirtualNode[]> {
    const nodes: VirtualNode[] = [];
    for (let index = 1; index <= count; index++) nodes.push(await this.add(VirtualBus.uri(index), changes));
    return nodes;
  }

  kill(node: VirtualNode): void {
    this.network.kill(node.uri);
    this.nodes.delete(formatNodeUri(node.uri));
  }

  /** A process is stopped and goes on later: it hears nothing, its timers wait. */
  pause(node: VirtualNode): void {
    this.network.freeze(node.uri);
    node.clock.pause();
  }

  resume(node: VirtualNode): void {
    node.clock.resume();
    this.network.thaw(node.uri);
  }

  /** Lets a long time pass: quicker than the clock's own advance, as promises settle only once each `stepMs`. */
  async pass(ms: number, stepMs = 1_000): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.clock.advance(Math.min(stepMs, ms - passed));
      await this.clock.advanceAsync(0);
    }
  }

  /** Advances until the condition holds; returns the milliseconds that took. Throws after `limitMs`. */
  async until(condition: () => boolean, limitMs: number, stepMs = 10): Promise<number> {
    for (let passed = 0; passed <= limitMs; passed += stepMs) {
      if (condition()) return passed;
      await this.clock.advanceAsync(stepMs);
    }
    throw new Error(`not within ${limitMs} ms`);
  }

  /** The active nodes in a node's list, as addresses, sorted. */
  activeAt(node: VirtualNode): string[] {
    return node.bus.directory
      .active()
      .map((record) => record.uri.host)
      .sort();
  }

  /** Whether each of the nodes holds exactly the others as active. */
  allSeeAll(nodes: Iterable<VirtualNode> = this.nodes.values()): boolean {
    const all = [...nodes];
    return all.every((node) => {
      const active = node.bus.directory.active();
      return (
        active.length === all.length - 1 &&
        all.every((other) => other === node || active.some((r) => r.uri === other.uri || r.uri.host === other.uri.host))
      );
    });
  }

  #resolution(asker: NodeUri): Resolution {
    const nodes = this.dns(asker);
    if (nodes === undefined) return { nodes: [], errors: ['SERVFAIL'] };
    return { nodes, errors: nodes.length === 0 ? ['no addresses'] : [] };
  }
}
