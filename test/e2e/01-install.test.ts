import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runProgram } from '../cluster/run-program.ts';
import { TestNamespace } from '../cluster/test-namespace.ts';
import { listsAreWhole, showsActive } from './bus.ts';
import { allSeeAllAfter, measured } from './bus-times.ts';
import { PodLog } from './pod-log.ts';
import { Release } from './release.ts';
import { Runner } from './runner.ts';

describe('a release with three replicas and the bundled Redis', () => {
  let namespace: TestNamespace;
  let release: Release;
  const times: number[] = [];

  beforeAll(async () => {
    namespace = await TestNamespace.create('install');
    release = await Release.install({ namespace, values: { config: { mqueue: { calls: { durability: 'always' } } } } });
    await release.rolledOut();
  });
  afterAll(() => namespace[Symbol.asyncDispose]());

  async function timeToAllSeeAll(): Promise<number> {
    const logs = await Promise.all(release.ordinals(3).map((name) => PodLog.follow(namespace.name, name)));
    try {
      return await allSeeAllAfter(logs);
    } finally {
      await Promise.all(logs.map((log) => log[Symbol.asyncDispose]()));
    }
  }

  it('is one bus: every node lists every node as active, and kubectl shows it', async () => {
    const runner = await Runner.start(namespace);
    await listsAreWhole(runner, release);
    await showsActive(namespace, release.ordinals(3), 3);
  });

  it('has its queues in that Redis', async () => {
    for (const name of release.ordinals(3)) {
      const listed = await namespace.kubectl('exec', name, '--', 'node', 'dist/image/cli/main.js', 'queue', 'ls');
      expect(listed).toMatch(/^calls +[0-2] .*served/m);
    }
  });

  it('passes helm test', async () => {
    await runProgram('helm', ['test', release.name, '--namespace', namespace.name, '--timeout', '60s']);
  });

  it('is whole within a second of the last process listening, each time that it starts', async () => {
    times.push(await timeToAllSeeAll());
    for (let round = 2; round <= 10; round += 1) {
      await release.scale(0);
      await release.gone(release.ordinals(3));
      await release.scale(3);
      await release.rolledOut();
      times.push(await timeToAllSeeAll());
    }
    expect(measured('three pods from zero: the last one listens → all see all', times)).toBeLessThan(1_000);
  }, 300_000);

  it('leaves nothing behind but the CRD and what the user made', async () => {
    await namespace.kubectl('delete', 'pod', 'kdmq-test');
    await release.uninstall();
    await release.allGone();
    const allowed = ['configmap/kube-root-ca.crt', 'configmap/runner', 'pod/runner', 'serviceaccount/default'];
    const kinds = 'all,dmqnodes,leases,configmaps,secrets,roles,rolebindings,serviceaccounts,poddisruptionbudgets';
    await vi.waitFor(
      async () => {
        const left = await namespace.kubectl('get', kinds, '--output', 'name');
        expect(left.trim().split('\n').sort()).toEqual(allowed);
      },
      { timeout: 30_000, interval: 500 },
    );
  });
});
