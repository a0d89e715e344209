import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatNodeUri, type NodeUri, parseNodeUri } from '../../src/core/node-uri.ts';
import { createNode, type KdmqNode } from '../../src/index.ts';
import { DnsServer } from '../dns/dns-server.ts';
import type { ServicePod } from '../dns/zone.ts';
import { GuardedProcess } from '../guarded-process.ts';
import { type Kamailio, startKamailio } from '../kamailio/kamailio.ts';
import type { KamailioVersion } from '../kamailio/launch.ts';
import { loopbackAddresses } from '../loopback.ts';
import { demoPeer } from './demo-peer.ts';
import { freePort } from './free-port.ts';
import { listOf, type Member, readLogLine } from './member.ts';
import type { View } from './table.ts';

export const service = 'kdmq.demo.svc.cluster.local';

const programs = {
  /** `kdmq start` with a peer on the channel `demo`. */
  peer: ['demo-node.ts'],
  /** `kdmq start` as it is. */
  kdmq: ['../../src/cli/main.ts', 'start'],
} as const;

/** The machines of the demo: a DNS server, nodes in processes of their own, one in this process. */
export class Stage {
  readonly folder: string;
  readonly dns: DnsServer;
  /** The one port of all nodes, free at the start. */
  readonly port: number;
  readonly ipv6: boolean;
  /** Name → member. */
  readonly members = new Map<string, Member>();
  /** In the order of the story, which is not that of their being up. */
  readonly #names: string[] = [];
  /** Those that are gone by intention. */
  readonly #left = new Set<string>();
  readonly #address: () => string;
  readonly #pods = new Map<string, ServicePod>();
  #own: KdmqNode | undefined;

  private constructor(folder: string, dns: DnsServer, port: number, ipv6: boolean, address: () => string) {
    this.folder = folder;
    this.dns = dns;
    this.port = port;
    this.ipv6 = ipv6;
    this.#address = address;
  }

  static async open(): Promise<Stage> {
    const address = await loopbackAddresses(import.meta.filename);
    const dnsHost = address();
    const dns = new DnsServer({ host: dnsHost });
    await dns.start();
    const folder = mkdtempSync(join(tmpdir(), 'kdmq-demo-'));
    mkdirSync(join(folder, 'conf.d'));
    const ipv6Port = await freePort('::1').catch(() => undefined);
    const stage = new Stage(folder, dns, ipv6Port ?? (await freePort(address())), ipv6Port !== undefined, address);
    writeFileSync(
      stage.resolvConf,
      `nameserver [${dnsHost}]:${dns.port}\nsearch demo.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n`,
    );
    writeFileSync(
      stage.config,
      `notification_address: sip:kdmq\nmulti_notify: true\nresolv_conf: ${stage.resolvConf}\nping_interval: 2\nhttp_listen: off\n`,
    );
    return stage;
  }

  get resolvConf(): string {
    return join(this.folder, 'resolv.conf');
  }

  get config(): string {
    return join(this.folder, 'kdmq.yaml');
  }

  logOf(name: string): string {
    return join(this.folder, `${name}.log`);
  }

  /** Starts a `kdmq` process and puts it into DNS, as Kubernetes does with a pod. It may not be up yet when this resolves. */
  async startProcess(name: string, program: keyof typeof programs): Promise<Member> {
    this.#names.push(name);
    const host = this.#address();
    const { port } = this;
    // One pod has an IPv6 address too: its A and AAAA records lead to one node.
    const dual = this.ipv6 && this.#pods.size === 0;
    this.#pods.set(name, {
      pod: name,
      addresses: dual ? [host, '::1'] : [host],
      ports: [{ name: 'sip', proto: 'udp', port }],
    });
    this.#publish();
    const uri: NodeUri = { host, port, transport: 'udp' };
    const listen = [`udp:${host}:${port}`, `tcp:${host}:${port}`, ...(dual ? [`udp:[::1]:${port}`] : [])];
    const [script = '', ...args] = programs[program];
    const heard: string[] | undefined = program === 'peer' ? [] : undefined;
    const goodbyes: string[] = [];
    const onLine = (text: string) => {
      appendFileSync(this.logOf(name), `${text}\n`);
      const line = readLogLine(text);
      if (line.msg === 'heard' && line.text !== undefined) heard?.push(line.text);
      if (line.msg === 'node left' && line.node !== undefined) goodbyes.push(line.node);
    };
    const process = await GuardedProcess.start(globalThis.process.execPath, [pathOf(script), ...args], {
      env: {
        PATH: globalThis.process.env.PATH,
        KDMQ_CONFIG: this.config,
        KDMQ_CONFIG_DIR: join(this.folder, 'conf.d'),
        KDMQ_SERVER_ADDRESS: formatNodeUri(uri),
        KDMQ_LISTEN: listen.join(' '),
        KDMQ_LOG_FORMAT: 'json',
      },
      onLine,
    });
    const member: Member = { name, uri, list: () => listOf(uri), heard, goodbyes, process };
    this.members.set(name, member);
    return member;
  }

  /** Starts a node in this process with the library; it is not in DNS, and finds the others by it. */
  async startOwn(name: string): Promise<KdmqNode> {
    this.#names.push(name);
    const settings = {
      server_address: `sip:${this.#address()}:${this.port}`,
      notification_address: 'sip:kdmq',
      multi_notify: true,
      resolv_conf: this.resolvConf,
      ping_interval: 2,
    };
    const node = createNode({ settings });
    const heard: string[] = [];
    const goodbyes: string[] = [];
    node.registerPeer(demoPeer(({ text }) => heard.push(text)));
    node.on('left', ({ uri }) => goodbyes.push(uri));
    this.#own = node;
    await node.start();
    const list = async () => new Map(node.nodes().map(({ uri, status }) => [uri, status]));
    this.members.set(name, { name, uri: uriOf(node.uri), list, heard, goodbyes });
    return node;
  }

  /** Starts a Kamailio that has `first` as its notification address. */
  async startKamailio(name: string, version: KamailioVersion, first: Member): Promise<Kamailio> {
    this.#names.push(name);
    const { port } = this;
    const address = this.#address();
    const notificationAddress = formatNodeUri(first.uri);
    const kamailio = await startKamailio({ version, address, port, notificationAddress });
    const list = async () => {
      const rows = await kamailio.listNodes().catch(() => undefined);
      return rows && new Map(rows.map((row) => [`sip:${row.host}:${row.port}`, row.status]));
    };
    this.members.set(name, { name, uri: uriOf(kamailio.uri), list, heard: undefined, goodbyes: undefined, kamailio });
    return kamailio;
  }

  /** Who sees whom at this moment. Who does not answer has an empty row. */
  async view(observers: readonly string[]): Promise<View> {
    const rows = observers.map(async (name) => {
      const list = await this.members.get(name)?.list();
      const seen = this.all.flatMap((member) => {
        const status = list?.get(formatNodeUri(member.uri));
        return status === undefined ? [] : [[member.name, status] as const];
      });
      return [name, new Map(seen)] as const;
    });
    return new Map(await Promise.all(rows));
  }

  /** All that have been there. */
  get all(): Member[] {
    return this.#names.flatMap((name) => this.members.get(name) ?? []);
  }

  /** Those that should be there. */
  get present(): Member[] {
    return this.all.filter(({ name }) => !this.#left.has(name));
  }

  /** A node is on its way out: nobody needs to see it any more. */
  dismiss(name: string): void {
    this.#left.add(name);
  }

  /** Takes a pod out of DNS. */
  forget(name: string): void {
    this.#pods.delete(name);
    this.#publish();
  }

  /** Ends everything; gives the names of those that did not stop by themselves with exit code 0. */
  async close(): Promise<string[]> {
    const stops = this.all.map(async ({ name, process: node }) => {
      if (node === undefined || this.#left.has(name)) return undefined;
      const clean = await node.stop();
      return clean && (await node.exited).code === 0 ? undefined : name;
    });
    const unclean = (await Promise.all([...stops, this.#own?.stop().then(() => undefined)])).filter(
      (name) => name !== undefined,
    );
    await Promise.all(this.all.map(({ kamailio }) => kamailio?.kill()));
    await this.dns.stop();
    return unclean;
  }

  /** Removes the configuration and the logs. */
  removeFolder(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #publish(): void {
    this.dns.zone.setHeadlessService(service, [...this.#pods.values()]);
  }
}

function pathOf(script: string): string {
  return fileURLToPath(new URL(script, import.meta.url));
}

function uriOf(text: string): NodeUri {
  const uri = parseNodeUri(text);
  if (uri === undefined) throw new Error(`no URI: ${text}`);
  return uri;
}
