import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TestNamespace } from '../cluster/test-namespace.ts';
import { listsAreWhole, showsActive } from './bus.ts';
import { Release, type Values } from './release.ts';
import { Runner } from './runner.ts';

describe('helm install', () => {
  let namespace: TestNamespace;

  beforeAll(async () => {
    namespace = await TestNamespace.create('mistakes');
  });
  afterAll(() => namespace[Symbol.asyncDispose]());

  it.each<[string, Values, RegExp]>([
    ['a number where there can be none', { replicaCount: 'three' }, /replicaCount/],
    ['a name that is no value', { replicas: 3 }, /replicas/],
    ['a grace period that leaves no time', { terminationGracePeriodSeconds: 3 }, /terminationGracePeriodSeconds/],
    ['two places for the queues', { redis: { enabled: true, url: 'redis://elsewhere' } }, /redis\.url/],
    ['a setting that there is not', { config: { ping_intervall: 5 } }, /ping_intervall/],
    ['a password in a ConfigMap', { config: { db_password: 'secret-word' } }, /redis\.existingSecret/],
  ])('is refused, and names %s', async (_, values, says) => {
    const refused = await Release.install({ namespace, values }).catch((error: Error) => error);
    expect(refused).toBeInstanceOf(Error);
    expect((refused as Error).message).toMatch(says);
    expect((refused as Error).message).not.toContain('secret-word');
    expect(await namespace.kubectl('get', 'statefulsets', '-o', 'name')).toBe('');
  });
});

describe('a setting that the chart can not judge', () => {
  it('ends the node with 78 and a line that names it; the release before goes on', async () => {
    await using namespace = await TestNamespace.create('setting');
    const release = await Release.install({ namespace, values: { redis: { enabled: false }, replicaCount: 2 } });
    await release.rolledOut();
    await release.upgrade({ env: [{ name: 'KDMQ_PING_INTERVALL', value: '5' }] });
    await vi.waitFor(
      async () => {
        const state =
          '{.status.containerStatuses[0].state.waiting.reason} {.status.containerStatuses[0].lastState.terminated.exitCode}';
        expect(await namespace.kubectl('get', 'pod', 'kdmq-1', '-o', `jsonpath=${state}`)).toBe('CrashLoopBackOff 78');
      },
      { timeout: 60_000, interval: 500 },
    );
    expect(await namespace.kubectl('logs', 'kdmq-1', '--previous')).toMatch(
      /KDMQ_PING_INTERVALL.*KDMQ_PING_INTERVAL\b/s,
    );
    expect((await release.pod('kdmq-0')).ready).toBe(true);
  });
});

describe('a wrong password of Redis', () => {
  it('leaves the nodes not ready, says what is wrong, and heals when it is right', async () => {
    await using namespace = await TestNamespace.create('password');
    const good = await Release.install({ namespace, name: 'kdmq-good', values: { replicaCount: 1 } });
    await good.rolledOut();
    await namespace.kubectl('create', 'secret', 'generic', 'wrong', '--from-literal=password=not-this-one');
    const url = 'redis://kdmq-good-redis';
    const config = { mqueue: { calls: { durability: 'always' } } };
    const redis = { enabled: false, url, existingSecret: 'wrong' };
    const release = await Release.install({ namespace, name: 'kdmq', values: { replicaCount: 1, redis, config } });
    await vi.waitFor(
      async () => expect(await namespace.kubectl('logs', 'kdmq-0')).toMatch(/user or password is wrong/),
      { timeout: 60_000, interval: 500 },
    );
    const runner = await Runner.start(namespace);
    const { http, ready } = await release.pod('kdmq-0');
    expect(ready).toBe(false);
    const [readyz] = await runner.exchange([{ url: `${http}/readyz?verbose` }]);
    expect(readyz?.status).toBe(503);
    expect(readyz?.body).toMatch(/^\[-\]queues .*password/m);
    expect(readyz?.body + (await namespace.kubectl('logs', 'kdmq-0'))).not.toContain('not-this-one');
    await release.upgrade({ redis: { ...redis, existingSecret: 'kdmq-good-redis' } });
    await release.rolledOut();
  });
});

describe('releases side by side', () => {
  it('two in one namespace are two buses, with queues, DmqNodes and Leases of their own', async () => {
    await using namespace = await TestNamespace.create('two');
    const values = { replicaCount: 2, redis: { enabled: false } };
    const releases = [
      await Release.install({ namespace, name: 'kdmq-red', values }),
      await Release.install({ namespace, name: 'kdmq-blue', values }),
    ];
    const runner = await Runner.start(namespace);
    for (const release of releases) await release.rolledOut();
    for (const release of releases) await listsAreWhole(runner, release);
    await showsActive(namespace, ['kdmq-blue-0', 'kdmq-blue-1', 'kdmq-red-0', 'kdmq-red-1'], 2);
    expect(await namespace.kubectl('get', 'leases', '-o', 'name')).toBe(
      'lease.coordination.k8s.io/kdmq-blue\nlease.coordination.k8s.io/kdmq-red\n',
    );
    // When one goes the other does not notice.
    await releases[0]!.uninstall();
    await releases[0]!.allGone();
    await showsActive(namespace, ['kdmq-blue-0', 'kdmq-blue-1'], 2);
    await listsAreWhole(runner, releases[1]!);
  });

  it('of one name in two namespaces are two buses, also when they share a Redis', async () => {
    await using first = await TestNamespace.create('same-a');
    await using second = await TestNamespace.create('same-b');
    const config = { mqueue: { calls: { durability: 'always' } } };
    const one = await Release.install({ namespace: first, values: { replicaCount: 1, config } });
    await one.rolledOut();
    const password = await first.kubectl('get', 'secret', 'kdmq-redis', '-o', 'jsonpath={.data.password}');
    const literal = `--from-literal=password=${Buffer.from(password, 'base64')}`;
    await second.kubectl('create', 'secret', 'generic', 'shared', literal);
    const redis = { enabled: false, url: `redis://kdmq-redis.${first.name}`, existingSecret: 'shared' };
    const two = await Release.install({ namespace: second, values: { replicaCount: 1, config, redis } });
    await two.rolledOut();
    for (const [release, namespace] of [
      [one, first],
      [two, second],
    ] as const) {
      const runner = await Runner.start(namespace);
      await listsAreWhole(runner, release);
      const listed = await namespace.kubectl('exec', 'kdmq-0', '--', 'node', 'dist/image/cli/main.js', 'queue', 'ls');
      expect(listed.match(/^calls .*$/gm)).toHaveLength(1);
    }
  });
});
