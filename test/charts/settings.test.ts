import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { machineHas } from '../machine.ts';
import { features } from './features.ts';
import { type Manifest, node, render } from './helm.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');

const dualStack = ['10.1.0.7', 'fd00::7'];

/** What the kubelet puts into variables of a pod with these addresses, the first of the family that the cluster prefers. */
const podFields = (addresses: readonly string[]): Readonly<Record<string, string>> => ({
  'metadata.name': 'kdmq-2',
  'metadata.uid': '5d2c1b9e-7a0f-4c1e-9c55-3f0d3d1a2b4c',
  'status.podIPs': addresses.join(','),
  'status.podIP': addresses[0] ?? '',
});

/** The environment of the container, with `$(POD_IP)` in values filled in. */
function environmentOf(statefulSet: Manifest, addresses: readonly string[]): Record<string, string> {
  const pod = podFields(addresses);
  const environment: Record<string, string> = {};
  for (const { name, value, valueFrom } of statefulSet.spec.template.spec.containers[0].env) {
    const text: string = value ?? pod[valueFrom.fieldRef.fieldPath];
    environment[name] = text.replaceAll(/\$\((\w+)\)/g, (_, other: string) => environment[other] ?? '');
  }
  return environment;
}

describe.skipIf(!machineHas('helm'))('the settings that the chart makes', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kdmq-chart-'));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  /** The configuration with Secrets where this test may put them: a file for each path that is named. */
  function withSecrets(configuration: string): string {
    return configuration.replaceAll(/\/etc\/(kdmq-\S+)/g, (_, path: string) => {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, 'a secret of more than sixteen characters');
      return file;
    });
  }

  /** What a node would use that runs in a pod of the release. Throws with what it complains of. */
  async function settingsOf(
    values: object,
    { namespace = 'demo', addresses = dualStack }: { namespace?: string; addresses?: readonly string[] } = {},
  ): Promise<Record<string, unknown>> {
    const { configMap, statefulSet } = node(await render(values, 'kdmq', namespace));
    const file = join(folder, 'config.yaml');
    writeFileSync(file, withSecrets(configMap.data['config.yaml']));
    const { KDMQ_CONFIG_DIR: _, ...environment } = environmentOf(statefulSet, addresses);
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'config', '--config', file, '-o', 'json'], {
      encoding: 'utf8',
      env: { PATH, NODE_COMPILE_CACHE, ...environment },
    });
    if (status !== 0) throw new Error(stderr);
    return Object.fromEntries(
      Object.entries<{ value: unknown }>(JSON.parse(stdout)).map(([name, { value }]) => [name, value]),
    );
  }

  it.each(Object.entries(features))('are taken by a node: with %s', async (_, values) => {
    await expect(settingsOf(values)).resolves.toMatchObject({ partition: '2', multi_notify: true });
  });

  it('lead to the others by the headless service, and name the pods and the Lease of this release', async () => {
    expect(await settingsOf({})).toMatchObject({
      server_address: 'sip:10.1.0.7:5060',
      notification_address: ['sip:kdmq-headless.demo.svc.cluster.local.'],
      cluster_name: 'demo.kdmq',
      lease_name: 'kdmq',
      headless_service: 'kdmq-headless',
      pod_selector: 'kdmq.dev/bus=kdmq',
      pod_name: 'kdmq-2',
      http_listen: '[::]:8080',
      shutdown_grace: 25,
    });
  });

  it('are what the user says where he says it', async () => {
    const config = {
      ping_interval: 5,
      multi_notify: true,
      shutdown_grace: 3,
      lease_name: 'other',
      mqueue: { calls: {} },
    };
    expect(await settingsOf({ config })).toMatchObject({ ...config, mqueue: [expect.stringContaining('name=calls')] });
  });

  it('name the bundled Redis, or the one of the user', async () => {
    expect(await settingsOf({ redis: { enabled: true } })).toMatchObject({
      db_url: 'redis://kdmq-redis.demo.svc.cluster.local:6379',
      db_password_file: join(folder, 'kdmq-redis/password'),
    });
    expect(await settingsOf({ redis: { url: 'redis://redis.example.org/2', username: 'kdmq' } })).toMatchObject({
      db_url: 'redis://redis.example.org:6379/2',
      db_username: 'kdmq',
    });
  });

  it('announce the address of the family that the services prefer', async () => {
    const values = { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] };
    expect(await settingsOf(values)).toMatchObject({ server_address: 'sip:[fd00::7]:5060', http_listen: '[::]:8080' });
    expect(await settingsOf({ ipFamilies: ['IPv4'] })).toMatchObject({ http_listen: '0.0.0.0:8080' });
  });

  it('let nobody in over HTTP but who has a token, and anybody look at metrics', async () => {
    expect(await settingsOf({})).toMatchObject({
      http_access: 'auto',
      http_read_token_file: join(folder, 'kdmq-http/read-token'),
      http_write_token_file: join(folder, 'kdmq-http/write-token'),
      http_metrics_access: 'open',
    });
  });

  it('announce TLS and nothing else with tls.only', async () => {
    const tls = { enabled: true, only: true, existingSecret: 'certificate' };
    expect(await settingsOf({ tls })).toMatchObject({
      server_address: 'sip:10.1.0.7:5061;transport=tls',
      listen: ['tls:10.1.0.7:5061'],
      notification_address: ['sip:kdmq-headless.demo.svc.cluster.local.;transport=tls'],
      tls_server_name: 'kdmq-headless.demo.svc.cluster.local',
    });
  });

  it.each<[what: string, addresses: string[], values: object, host: string]>([
    ['of an IPv4 cluster', ['10.1.0.7'], {}, '10.1.0.7'],
    ['of an IPv6 cluster', ['fd00::7'], {}, '[fd00::7]'],
    ['of a cluster that prefers IPv4', dualStack, {}, '10.1.0.7'],
    ['of a cluster that prefers IPv6', ['fd00::7', '10.1.0.7'], {}, '[fd00::7]'],
    ['of IPv6 services where the cluster prefers IPv4', dualStack, { ipFamilies: ['IPv6'] }, '[fd00::7]'],
    ['of IPv4 services where the cluster prefers IPv6', ['fd00::7', '10.1.0.7'], { ipFamilies: ['IPv4'] }, '10.1.0.7'],
    [
      'of services that prefer IPv6',
      dualStack,
      { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] },
      '[fd00::7]',
    ],
  ])('announce the address with tls.only that nodes announce without it: %s', async (_, addresses, values, host) => {
    const tls = { enabled: true, only: true, existingSecret: 'certificate' };
    expect(await settingsOf({ ...values, tls }, { addresses })).toMatchObject({
      server_address: `sip:${host}:5061;transport=tls`,
      listen: [`tls:${host}:5061`],
    });
    expect(await settingsOf(values, { addresses })).toMatchObject({ server_address: `sip:${host}:5060` });
  });

  it('take the controller away without controller.enabled', async () => {
    expect(await settingsOf({ controller: { enabled: false } })).toMatchObject({ kubernetes: 'off' });
  });

  it('fit into what Redis keys may hold, whatever namespace and release are called', async () => {
    const { cluster_name } = await settingsOf({ fullnameOverride: 'b'.repeat(46) }, { namespace: 'n'.repeat(63) });
    const { cluster_name: other } = await settingsOf(
      { fullnameOverride: `${'b'.repeat(45)}c` },
      { namespace: 'n'.repeat(63) },
    );
    expect(cluster_name).not.toBe(other);
  });
});
