import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { kamailioDeployment } from '../cluster/kamailio-pod.ts';
import { apply } from '../cluster/kubectl.ts';
import { TestNamespace } from '../cluster/test-namespace.ts';
import { listUrl, showsActive } from './bus.ts';
import { measured } from './bus-times.ts';
import { hasKamailio, type KamailioNode, kamailioNodes, kamailioVersions, watchedKamailio } from './kamailio.ts';
import { signalProcesses } from './node-process.ts';
import { Release } from './release.ts';
import { Runner } from './runner.ts';

describe.runIf(hasKamailio)('Deployments of Kamailio 5.6 and 6.1 beside a release', () => {
  let namespace: TestNamespace;
  let release: Release;
  let runner: Runner;
  const apps = kamailioVersions.map((version) => `kamailio-${version.replace('.', '-')}`);

  beforeAll(async () => {
    namespace = await TestNamespace.create('kamailio');
    release = await Release.install({ namespace });
    runner = await Runner.start(namespace);
    await release.rolledOut();
    const pods = kamailioVersions.map((version) => watchedKamailio(version, namespace));
    await apply(
      namespace.name,
      pods.flatMap((pod) => kamailioDeployment(pod, 1)),
    );
    await available();
  });
  afterAll(() => namespace[Symbol.asyncDispose]());

  async function available(): Promise<void> {
    for (const app of apps) await namespace.kubectl('rollout', 'status', `deployment/${app}`, '--timeout=60s');
  }

  const kamailios = async (): Promise<KamailioNode[]> =>
    (await Promise.all(apps.map((app) => kamailioNodes(namespace, app)))).flat();

  /** Waits until everybody lists everybody. */
  async function whole(deadlineMs = 30_000): Promise<void> {
    const [ours, theirs] = [await release.pods(), await kamailios()];
    const urls = [...ours.map(listUrl), ...theirs.map(({ rpc }) => rpc)];
    const seen = await runner.look({ urls, active: [...ours, ...theirs].map(({ uri }) => uri), deadlineMs });
    expect(seen.held, JSON.stringify(seen.lists)).toBe(true);
  }

  /** Milliseconds until neither our nodes nor the other Kamailios list this one as active. */
  async function timeUntilOut(victim: KamailioNode, kill: () => Promise<unknown> | unknown) {
    const ours = (await release.pods()).map(listUrl);
    const theirs = (await kamailios()).filter(({ name }) => name !== victim.name).map(({ rpc }) => rpc);
    const looks = [ours, theirs].map((urls) => runner.look({ urls, without: victim.uri, deadlineMs: 30_000 }));
    const since = Date.now();
    await kill();
    const [outOfOurs, outOfTheirs] = await Promise.all(looks);
    return { ours: (outOfOurs?.at ?? 0) - since, theirs: (outOfTheirs?.at ?? 0) - since };
  }

  it('are one bus with it by DNS alone', async () => {
    await whole();
  });

  it('are shown by kubectl get dmqnodes, with their versions', async () => {
    const names = (await kamailios()).map(({ name }) => name);
    await showsActive(namespace, [...release.ordinals(3), ...names], 3);
    const table = await namespace.kubectl('get', 'dmqnodes');
    expect(table).toMatch(/kamailio-5-6-\S+ +active +pod .* kamailio 5\.6\./);
    expect(table).toMatch(/kamailio-6-1-\S+ +active +pod .* kamailio 6\.1\./);
  });

  it('scaled up, the new ones are in every list', async () => {
    for (const app of apps) await namespace.kubectl('scale', 'deployment', app, '--replicas=2');
    await available();
    await whole();
    const names = (await kamailios()).map(({ name }) => name);
    await vi.waitFor(() => expect(names).toHaveLength(4));
    await showsActive(namespace, [...release.ordinals(3), ...names], 3);
  });

  it('lose one by kubectl delete: our nodes and the living Kamailios are told at once', async () => {
    const times: { ours: number; theirs: number }[] = [];
    for (const app of apps) {
      const [victim] = await kamailioNodes(namespace, app);
      const force = ['--force', '--grace-period=0', '--wait=false'];
      times.push(await timeUntilOut(victim!, () => namespace.kubectl('delete', 'pod', victim!.name, ...force)));
      await available();
      await whole();
    }
    const { ours, theirs } = { ours: times.map((time) => time.ours), theirs: times.map((time) => time.theirs) };
    measured('a Kamailio pod deleted by force → out of our broadcasts', ours);
    measured('the same → out of the lists of the other Kamailios', theirs);
    expect(Math.max(...ours)).toBeLessThan(1_500);
    expect(Math.max(...theirs)).toBeLessThan(2_000);
  });

  it('take one back that was killed and runs again in the same pod', async () => {
    const [victim] = await kamailioNodes(namespace, apps[0]!);
    signalProcesses(`POD_IP=${new URL(victim!.rpc).hostname}`, 'SIGKILL');
    const restarts = '{.status.containerStatuses[0].restartCount}';
    await namespace.kubectl('wait', `pod/${victim!.name}`, `--for=jsonpath=${restarts}=1`, '--timeout=30s');
    await available();
    await whole(90_000);
  });

  it('go on sending to one of ours that is stopped and runs again in its pod: it says no goodbye to them', async () => {
    const [, victim] = await release.pods();
    const theirs = (await kamailios()).map(({ rpc }) => rpc);
    const isDropped = theirs.map((rpc) => runner.look({ urls: [rpc], without: victim!.uri, deadlineMs: 8_000 }));
    signalProcesses(`POD_UID=${victim!.uid}`, 'SIGTERM');
    const restarts = '{.status.containerStatuses[0].restartCount}';
    await namespace.kubectl('wait', `pod/${victim!.name}`, `--for=jsonpath=${restarts}=1`, '--timeout=30s');
    await release.rolledOut();
    expect((await Promise.all(isDropped)).map(({ held }) => held)).toEqual(theirs.map(() => false));
    expect((await release.pod(victim!.name)).uid).toBe(victim!.uid);
    await whole(5_000);
  });
});
