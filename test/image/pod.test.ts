import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { apply } from '../cluster/kubectl.ts';
import { TestNamespace } from '../cluster/test-namespace.ts';
import { image } from '../e2e/image.ts';

/** A service that shows pods from the moment they have an address, as SRV records too. */
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'bus' },
  spec: {
    clusterIP: 'None',
    publishNotReadyAddresses: true,
    selector: { app: 'kdmq' },
    ports: [{ name: 'sip', protocol: 'UDP', port: 5060 }],
  },
};

function pod(name: string) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'kdmq' } },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 60,
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'kdmq',
          image,
          imagePullPolicy: 'IfNotPresent',
          env: [
            { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            { name: 'KDMQ_NOTIFICATION_ADDRESS', value: 'sip:bus' },
            { name: 'KDMQ_MULTI_NOTIFY', value: 'on' },
          ],
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: { limits: { memory: '256Mi' } },
        },
      ],
    },
  };
}

/** The command of the Dockerfile's HEALTHCHECK. Kubernetes does not use it, and images in the format of OCI do not carry it. */
function healthCheck(): string[] {
  const text = readFileSync(resolve(import.meta.dirname, '../../Dockerfile'), 'utf8').replaceAll('\\\n', '');
  return JSON.parse(/^HEALTHCHECK .* CMD (\[.*\])$/m.exec(text)?.[1] ?? 'null');
}

const names = ['kdmq-a', 'kdmq-b', 'kdmq-c'] as const;

/** Pods by plain manifests, in a namespace that admits restricted ones only, each with a file system that is read-only. */
describe('pods of the image', () => {
  let namespace: TestNamespace;

  beforeAll(async () => {
    namespace = await TestNamespace.create('image');
    await apply(namespace.name, [service, ...names.map(pod)]);
    await namespace.kubectl('wait', '--for=condition=Ready', '--timeout=60s', 'pod', ...names);
  });
  afterAll(() => namespace[Symbol.asyncDispose]());

  async function log(name: string): Promise<Record<string, unknown>[]> {
    const lines = (await namespace.kubectl('logs', name)).trim().split('\n');
    return lines.map((line) => JSON.parse(line));
  }

  const addressOf = (name: string) => namespace.kubectl('get', 'pod', name, '-o', 'jsonpath={.status.podIP}');

  it('find each other by a headless service', async () => {
    for (const name of names) {
      await vi.waitFor(
        async () => expect(await log(name)).toContainEqual(expect.objectContaining({ msg: 'node joined', active: 3 })),
        { timeout: 20_000, interval: 250 },
      );
    }
  });

  it('run as process 1, as no root, with a heap that fits their memory', async () => {
    const program =
      'console.log(JSON.stringify([fs.readFileSync("/proc/1/cmdline", "utf8").split("\\0"), process.getuid()]))';
    const [command, uid] = JSON.parse(await namespace.kubectl('exec', 'kdmq-a', '--', 'node', '-e', program));
    expect(command).toEqual(['node', '--max-old-space-size-percentage=50', 'dist/image/cli/main.js', 'start', '']);
    expect(uid).toBe(1000);
  });

  it('are healthy for docker too', async () => {
    await namespace.kubectl('exec', 'kdmq-a', '--', ...healthCheck());
    const elsewhere = healthCheck().map((word) => word.replace(':8080', ':8081'));
    await expect(namespace.kubectl('exec', 'kdmq-a', '--', ...elsewhere)).rejects.toThrow(/exit code 1/);
  });

  it('say goodbye at SIGTERM and end with 0', async () => {
    const node = `sip:${await addressOf('kdmq-c')}:5060`;
    await namespace.kubectl('exec', 'kdmq-c', '--', 'node', '-e', 'process.kill(1, "SIGTERM")');
    await namespace.kubectl('wait', '--for=jsonpath={.status.phase}=Succeeded', '--timeout=20s', 'pod', 'kdmq-c');
    expect((await log('kdmq-c')).map(({ msg }) => msg)).toEqual(expect.arrayContaining(['stopping', 'stopped']));
    for (const name of ['kdmq-a', 'kdmq-b']) {
      await vi.waitFor(
        async () => expect(await log(name)).toContainEqual(expect.objectContaining({ msg: 'node left', node })),
        { timeout: 10_000, interval: 250 },
      );
    }
  });

  it('are gone long before the grace period ends when they are deleted', async () => {
    const start = performance.now();
    await namespace.kubectl('delete', 'pod', 'kdmq-b');
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
