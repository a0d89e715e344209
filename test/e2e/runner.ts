import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apply, kubectl } from '../cluster/kubectl.ts';
import type { TestNamespace } from '../cluster/test-namespace.ts';
import { image } from './image.ts';
import type { Exchange, Exchanged } from './runner/exchange.ts';
import type { Look, Seen } from './runner/node-lists.ts';
import type { Loaded, LoadPlan } from './runner/steady-load.ts';

const folder = join(import.meta.dirname, 'runner');
const files = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]);

const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true };

const security = { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } };

/** A pod that runs a program of this folder. */
function programPod(name: string, program: string, port: number, securityContext: object = security) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 1,
      securityContext,
      containers: [
        {
          name,
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['node', `/runner/${program}`],
          securityContext: restricted,
          readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
          volumeMounts: [{ name: 'program', mountPath: '/runner' }],
        },
      ],
      volumes: [{ name: 'program', configMap: { name: 'runner' } }],
    },
  };
}

async function startProgram(namespace: TestNamespace, pod: ReturnType<typeof programPod>): Promise<void> {
  const program = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'runner' },
    data: Object.fromEntries(files),
  };
  await apply(namespace.name, [program, pod]);
  await namespace.kubectl('wait', `pod/${pod.metadata.name}`, '--for=condition=Ready', '--timeout=60s');
}

/** A DNS server in a pod that keeps "there is no such name" for 30 s, as older clusters do. Gives its address. */
export async function startCachingDns(namespace: TestNamespace): Promise<string> {
  const sysctls = [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }];
  await startProgram(namespace, programPod('caching-dns', 'caching-dns.ts', 53, { ...security, sysctls }));
  return await namespace.kubectl('get', 'pod', 'caching-dns', '--output', 'jsonpath={.status.podIP}');
}

/** A pod that speaks HTTP with a release from inside of the cluster, one a namespace. Reached through the API server. */
export class Runner {
  readonly #path: string;

  private constructor(namespace: string) {
    this.#path = `/api/v1/namespaces/${namespace}/pods/runner:8080/proxy`;
  }

  static async start(namespace: TestNamespace): Promise<Runner> {
    await startProgram(namespace, programPod('runner', 'main.ts', 8080));
    return new Runner(namespace.name);
  }

  /** Sends the requests at the same time. */
  exchange(exchanges: readonly Exchange[]): Promise<Exchanged[]> {
    return this.#ask('/exchange', exchanges);
  }

  /** Asks nodes for their lists until all are as wanted, or the time is over. */
  look(look: Look): Promise<Seen> {
    return this.#ask('/look', look);
  }

  /** Begins to send requests at a fixed pace. What it gives ends that, and resolves with all requests and answers. */
  async load(name: string, plan: LoadPlan): Promise<() => Promise<Loaded[]>> {
    await this.#ask('/load/start', { name, plan });
    return () => this.#ask('/load/stop', { name });
  }

  async #ask<Answer>(path: string, order: unknown): Promise<Answer> {
    const input = JSON.stringify(order);
    return JSON.parse(await kubectl(['create', '--raw', `${this.#path}${path}`, '-f', '-'], { input }));
  }
}
