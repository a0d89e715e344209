import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kamailioObjects } from '../cluster/kamailio-pod.ts';
import { apply } from '../cluster/kubectl.ts';
import { isOwnCluster } from '../cluster/own-cluster.ts';
import { TestNamespace } from '../cluster/test-namespace.ts';
import { listsAreWhole } from './bus.ts';
import { measured, outEverywhereAfter } from './bus-times.ts';
import { hasKamailio, type KamailioNode, kamailioNodes, kamailioVersions, watchedKamailio } from './kamailio.ts';
import { signalProcesses } from './node-process.ts';
import { PodLog } from './pod-log.ts';
import { type NodePod, Release } from './release.ts';
import { Runner } from './runner.ts';

describe('a node that dies without a goodbye', () => {
  let namespace: TestNamespace;
  let release: Release;
  let runner: Runner;
  let kamailios: KamailioNode[] = [];

  beforeAll(async () => {
    namespace = await TestNamespace.create('death');
    release = await Release.install({ namespace });
    runner = await Runner.start(namespace);
    if (hasKamailio) {
      const pods = kamailioVersions.map((version) => watchedKamailio(version, namespace));
      await apply(namespace.name, pods.flatMap(kamailioObjects));
      await namespace.kubectl(
        'wait',
        '--for=condition=Ready',
        '--timeout=60s',
        ...pods.map(({ name }) => `pod/${name}`),
      );
      kamailios = (await Promise.all(pods.map(({ name }) => kamailioNodes(namespace, name)))).flat();
    }
    await whole();
  });
  afterAll(() => namespace[Symbol.asyncDispose]());

  /** All of ours are ready, and every node lists every node, the Kamailios too. */
  async function whole(): Promise<void> {
    await release.rolledOut();
    await listsAreWhole(runner, release, kamailios);
  }

  /** Kills a pod or what is in it; the milliseconds until the others of ours have it out of their broadcasts. */
  async function timeUntilOut(
    { name, uri }: NodePod,
    kill: (since: number) => Promise<unknown> | unknown,
  ): Promise<number> {
    const others = release.ordinals(3).filter((other) => other !== name);
    const logs = await Promise.all(others.map((other) => PodLog.follow(namespace.name, other)));
    try {
      const since = Date.now();
      await kill(since);
      return await outEverywhereAfter(uri, logs, since);
    } finally {
      await Promise.all(logs.map((log) => log[Symbol.asyncDispose]()));
    }
  }

  it('is out of all broadcasts within a second when its pod is deleted by force, and Kamailio knows it within two', async () => {
    const [ours, told]: [number[], number[]] = [[], []];
    for (const name of release.ordinals(3)) {
      const victim = await release.pod(name);
      const urls = kamailios.map(({ rpc }) => rpc);
      const look = runner.look({ urls, without: victim.uri, deadlineMs: 20_000 });
      const kill = async (since: number) => {
        await namespace.kubectl('delete', 'pod', name, '--force', '--grace-period=0', '--wait=false');
        told.push((await look).at - since);
      };
      ours.push(await timeUntilOut(victim, kill));
      await release.replaced(victim);
      await whole();
    }
    measured('`kubectl delete pod --force` → out of all broadcasts', ours);
    expect(Math.max(...ours)).toBeLessThan(1_000);
    if (!hasKamailio) return;
    measured('the same → out of the lists of Kamailio 5.6 and 6.1', told);
    expect(Math.max(...told)).toBeLessThan(2_000);
  });

  // Kamailio is not told: the node is back at the same address in a moment, and a Kamailio that was told would not see that before its next ping.
  it.runIf(isOwnCluster)(
    'is out of all broadcasts within a second when its process is killed, and comes back',
    async () => {
      const times: number[] = [];
      for (const name of release.ordinals(3)) {
        const victim = await release.pod(name);
        times.push(await timeUntilOut(victim, () => signalProcesses(`POD_UID=${victim.uid}`, 'SIGKILL')));
        await whole();
      }
      measured('`kill -9` in the container → out of all broadcasts', times);
      expect(Math.max(...times)).toBeLessThan(1_000);
    },
  );
});
