import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandResult, runCommand, startCommand } from '../cli/run-command.ts';
import { apply, kubectl } from '../cluster/kubectl.ts';
import { TestNamespace } from '../cluster/test-namespace.ts';
import { Release } from './release.ts';

interface Finding {
  readonly check: string;
  readonly level: string;
  readonly what: string;
}

/** What kubectl has for the current context. */
interface KubeConfigFile {
  readonly users: { name: string; user: object }[];
}

describe('the command beside a cluster', () => {
  let namespace: TestNamespace;
  let release: Release;
  let folder: string;
  let token: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kdmq-e2e-'));
    namespace = await TestNamespace.create('command');
    release = await Release.install({
      namespace,
      values: {
        replicaCount: 2,
        http: { access: 'auto', generateTokens: true },
        redis: { enabled: false },
        config: { mqueue: { calls: { dbmode: 'none' } } },
      },
    });
    await release.rolledOut();
    const secret = await namespace.kubectl('get', 'secret', 'kdmq-http', '-o', 'jsonpath={.data.write-token}');
    token = Buffer.from(secret, 'base64').toString();
  }, 130_000);
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await namespace[Symbol.asyncDispose]();
  });

  const environment = () => ({ KUBECONFIG: process.env.KUBECONFIG ?? '', KDMQ_TOKEN: token });
  const kdmq = (...args: readonly string[]): Promise<CommandResult> =>
    runCommand([...args, '--namespace', namespace.name], environment());

  /** A kubeconfig of a service account that may do what the rules of its Role say. */
  async function kubeconfigOf(name: string, rules: readonly object[]): Promise<string> {
    const about = { name, namespace: namespace.name };
    const group = 'rbac.authorization.k8s.io';
    await apply(namespace.name, [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: about },
      { apiVersion: `${group}/v1`, kind: 'Role', metadata: about, rules },
      {
        apiVersion: `${group}/v1`,
        kind: 'RoleBinding',
        metadata: about,
        roleRef: { apiGroup: group, kind: 'Role', name },
        subjects: [{ kind: 'ServiceAccount', ...about }],
      },
    ]);
    const text = await kubectl(['config', 'view', '--raw', '--minify', '-o', 'json']);
    const config = JSON.parse(text) as KubeConfigFile;
    for (const user of config.users) {
      user.user = { token: (await namespace.kubectl('create', 'token', name)).trim() };
    }
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(config));
    return path;
  }

  it('speaks with a node of the release through a port-forward of its own', async () => {
    const pods = await release.pods();
    const { code, output, errors } = await kdmq('nodes');
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    for (const { uri } of pods) expect(output).toContain(`${uri} `);
    expect(output.split('\n')[1]).toContain(pods[0]!.uri);
    const second = await kdmq('nodes', '--pod', 'kdmq-1');
    expect(second.output.split('\n')[1]).toContain(pods[1]!.uri);
  });

  it('adds and fetches items, follows events, and shows the node', async () => {
    const watch = startCommand(['watch', '--types', 'queue', '--namespace', namespace.name], environment());
    await expect.poll(() => watch.errors(), { timeout: 60_000 }).toContain('watching pod kdmq-0');
    const value = 'x'.repeat(200_000);
    writeFileSync(join(folder, 'value'), value);
    expect(await kdmq('queue', 'add', 'calls', 'k', '--file', join(folder, 'value'))).toMatchObject({
      code: 0,
      errors: '',
    });
    await expect.poll(() => watch.output(), { timeout: 60_000 }).toContain('"name":"calls"');
    watch.process.kill('SIGTERM');
    expect(await watch.ended).toBe(0);
    const { output } = await kdmq('queue', 'fetch', 'calls', '-o', 'json');
    expect((JSON.parse(output) as { value: string }).value).toBe(value);
    const top = await kdmq('top', '--once', '--interval', '0.5');
    expect(top).toMatchObject({ code: 0, errors: '' });
    expect(top.output).toMatch(/^calls +ready +0 /m);
    expect(top.output).toContain('2 of 2 nodes active');
  });

  it('says where the token is when there is none', async () => {
    const { code, errors } = await runCommand(['nodes', '--namespace', namespace.name], {
      ...environment(),
      KDMQ_TOKEN: '',
    });
    expect(code).toBe(77);
    expect(errors).toContain(`kubectl --namespace ${namespace.name} get secret kdmq-http`);
  });

  it('names the right that is missing, and needs no other than it says', async () => {
    const pods = { apiGroups: [''], resources: ['pods'] };
    const forward = { apiGroups: [''], resources: ['pods/portforward'], verbs: ['get', 'create'] };
    const nothing = await kubeconfigOf('nothing', [{ ...pods, verbs: ['watch'] }]);
    const first = await kdmq('nodes', '--kubeconfig', nothing);
    expect(first).toMatchObject({ code: 77, errors: expect.stringContaining('has to allow list of pods') });
    const looking = await kubeconfigOf('looking', [{ ...pods, verbs: ['list'] }]);
    const second = await kdmq('nodes', '--kubeconfig', looking);
    expect(second).toMatchObject({ code: 77, errors: expect.stringContaining('get and create of pods/portforward') });
    const enough = await kubeconfigOf('enough', [{ ...pods, verbs: ['list'] }, forward]);
    expect(await kdmq('nodes', '--kubeconfig', enough)).toMatchObject({ code: 0, errors: '' });
    const one = await kubeconfigOf('one', [{ ...pods, verbs: ['get'] }, forward]);
    expect(await kdmq('nodes', '--kubeconfig', one, '--pod', 'kdmq-1')).toMatchObject({ code: 0, errors: '' });
  });

  it('goes in a pod by its service account, and says there too which right that lacks', async () => {
    const program = ['node', 'dist/image/cli/main.js', 'nodes', '--release', 'kdmq'];
    const refused = namespace.kubectl('exec', 'kdmq-0', '--', ...program);
    await expect(refused).rejects.toThrow('The role has to allow get and create of pods/portforward');
  });

  it('finds with doctor that the pods have their rights, from outside and in the pod, and which one is taken away', async () => {
    const ofKubernetes = (text: string): Finding[] =>
      (JSON.parse(text) as { findings: Finding[] }).findings.filter(({ check }) => check === 'kubernetes');
    const outside = async () =>
      ofKubernetes((await kdmq('doctor', '-o', 'json', '--server-address', 'sip:127.0.0.1:5060')).output);
    const inside = async () => {
      const program = ['node', 'dist/image/cli/main.js', 'doctor', '-o', 'json'];
      return JSON.parse(await namespace.kubectl('exec', 'kdmq-0', '--', ...program)) as { findings: Finding[] };
    };
    expect(await outside()).toEqual([expect.objectContaining({ level: 'ok' })]);
    const { findings } = await inside();
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(findings).toContainEqual(
      expect.objectContaining({ what: expect.stringContaining('this pod has all rights') }),
    );
    expect(findings).toContainEqual({ check: 'clock', level: 'ok', what: 'the clock agrees with 1 other' });
    const remove = [{ op: 'remove', path: '/rules/0' }];
    await namespace.kubectl('patch', 'role', 'kdmq', '--type', 'json', '-p', JSON.stringify(remove));
    const lacks = /lacks list, watch of pods in namespace .*: new pods are found by DNS/;
    await expect
      .poll(outside, { timeout: 60_000 })
      .toEqual([expect.objectContaining({ level: 'warning', what: expect.stringMatching(lacks) })]);
    expect((await inside()).findings).toContainEqual(
      expect.objectContaining({ level: 'warning', what: expect.stringMatching(lacks) }),
    );
  });
});
