import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, vi } from 'vitest';
import { isOwnCluster } from '../cluster/own-cluster.ts';
import { runProgram } from '../cluster/run-program.ts';
import type { TestNamespace } from '../cluster/test-namespace.ts';
import { image, imageParts } from './image.ts';

/** A pod of a node. */
export interface NodePod {
  readonly name: string;
  readonly uid: string;
  /** Its address, of the family that the node announces. */
  readonly host: string;
  /** The node's SIP URI. */
  readonly uri: string;
  /** Where its HTTP is. */
  readonly http: string;
  readonly ready: boolean;
}

interface ApiPod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  readonly status: {
    readonly podIP?: string;
    readonly podIPs?: readonly { readonly ip: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** Values of the chart. */
export type Values = Readonly<Record<string, unknown>>;

export interface ReleaseOptions {
  readonly namespace: TestNamespace;
  /** `kdmq` when left out. */
  readonly name?: string;
  readonly values?: Values;
  /** The folder or archive of the chart; that of this project, packaged, when left out. */
  readonly chart?: string;
}

const project = resolve(import.meta.dirname, '../..');

/** As a user packages it: the path of an archive in a folder of the test's own. */
async function packageChart(): Promise<string> {
  const target = mkdtempSync(join(tmpdir(), 'kdmq-chart-'));
  process.once('exit', () => rmSync(target, { recursive: true, force: true }));
  await runProgram('helm', ['package', join(project, 'charts/kdmq'), '--destination', target]);
  const [archive = ''] = readdirSync(target);
  return join(target, archive);
}

let packaged: Promise<string> | undefined;

/** The archive of this project's chart. */
export function todaysChart(): Promise<string> {
  packaged ??= packageChart();
  return packaged;
}

/** A release of the chart in a namespace of a test. */
export class Release {
  readonly name: string;
  readonly namespace: TestNamespace;
  #values: Values;
  #chart: string;

  private constructor(options: ReleaseOptions, chart: string) {
    this.name = options.name ?? 'kdmq';
    this.namespace = options.namespace;
    this.#values = options.values ?? {};
    this.#chart = chart;
  }

  /** `helm install`; waits for nothing. Rejects with ProgramFailed when helm refuses. */
  static async install(options: ReleaseOptions): Promise<Release> {
    const release = new Release(options, options.chart ?? (await todaysChart()));
    await release.#helm('install');
    return release;
  }

  /** `helm upgrade` with these values over those of before. */
  async upgrade(values: Values, chart?: string): Promise<void> {
    this.#values = { ...this.#values, ...values };
    this.#chart = chart ?? this.#chart;
    await this.#helm('upgrade');
  }

  /** `helm rollback` to the revision before. */
  async rollback(): Promise<void> {
    await runProgram('helm', ['rollback', this.name, '--namespace', this.namespace.name]);
  }

  /** `helm uninstall`; its pods go a little later. */
  async uninstall(): Promise<void> {
    await runProgram('helm', ['uninstall', this.name, '--namespace', this.namespace.name]);
  }

  /** Waits until no pod of it is left. */
  async allGone(): Promise<void> {
    const selector = `app.kubernetes.io/instance=${this.name}`;
    await this.namespace.kubectl('wait', 'pods', '--selector', selector, '--for=delete', '--timeout=50s');
  }

  /** `kubectl scale`. */
  async scale(replicas: number): Promise<void> {
    await this.namespace.kubectl('scale', 'statefulset', this.name, `--replicas=${replicas}`);
  }

  /** Waits until all pods that are wanted are there and ready, and none of the old template is left. */
  async rolledOut(seconds = 55): Promise<void> {
    await this.namespace.kubectl('rollout', 'status', `statefulset/${this.name}`, `--timeout=${seconds}s`);
  }

  /** Waits until another pod stands in the place of a deleted one, and is ready. Until the StatefulSet has seen that it is gone, its rollout counts as done. */
  async replaced({ name, uid }: NodePod): Promise<void> {
    await vi.waitFor(
      async () => expect(await this.pod(name)).toMatchObject({ ready: true, uid: expect.not.stringMatching(uid) }),
      {
        timeout: 55_000,
        interval: 300,
      },
    );
  }

  /** Waits until the pods of these ordinals are gone. */
  async gone(names: readonly string[], seconds = 55): Promise<void> {
    const pods = names.map((name) => `pod/${name}`);
    await this.namespace.kubectl('wait', '--for=delete', `--timeout=${seconds}s`, ...pods);
  }

  /** Names of its pods by ordinal. */
  ordinals(count: number): string[] {
    return Array.from({ length: count }, (_, n) => `${this.name}-${n}`);
  }

  /** Its pods that have an address and are not being deleted, by name. */
  async pods(): Promise<NodePod[]> {
    const selector = `app.kubernetes.io/instance=${this.name},app.kubernetes.io/component=node`;
    const text = await this.namespace.kubectl('get', 'pods', '--selector', selector, '--output', 'json');
    const { items } = JSON.parse(text) as { items: ApiPod[] };
    const pods = items.flatMap((pod) => nodePod(pod, this.#values));
    return pods.sort((a, b) => a.name.localeCompare(b.name));
  }

  async pod(name: string): Promise<NodePod> {
    const found = (await this.pods()).find((pod) => pod.name === name);
    if (found === undefined) throw new Error(`there is no pod ${name}, or it has no address`);
    return found;
  }

  async #helm(command: 'install' | 'upgrade'): Promise<void> {
    const args = [command, this.name, this.#chart, '--namespace', this.namespace.name, '--values', '-'];
    const input = JSON.stringify({ ...common, ...this.#values });
    await runProgram('helm', args, { input, deadlineMs: 90_000 });
  }
}

/** HTTP without tokens. */
export const openHttp = { access: 'open', generateTokens: false };

/** What all releases of the tests have: HTTP without tokens, and no volumes, because the test cluster has none. */
const common = {
  image: imageParts(image),
  http: openHttp,
  redis: {
    enabled: true,
    persistence: { enabled: false },
    ...(isOwnCluster && { image: 'localhost/redis:7' }),
  },
};

/** Values that say where a node is found. */
interface AddressValues {
  readonly ipFamilies?: readonly string[];
  readonly http?: { readonly port?: number };
  readonly tls?: { readonly only?: boolean };
}

function nodePod({ metadata, status }: ApiPod, { ipFamilies, http, tls }: AddressValues): NodePod[] {
  const announcesIpv6 = ipFamilies?.[0] === 'IPv6';
  const ipv6 = status.podIPs?.find(({ ip }) => ip.includes(':'))?.ip;
  const address = announcesIpv6 ? ipv6 : status.podIP;
  if (address === undefined || metadata.deletionTimestamp !== undefined) return [];
  const host = address.includes(':') ? `[${address}]` : address;
  const ready = status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
  const { name, uid } = metadata;
  const uri = tls?.only ? `sip:${host}:5061;transport=tls` : `sip:${host}:5060`;
  return [{ name, uid, host, uri, http: `http://${host}:${http?.port ?? 8080}`, ready }];
}
