import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type KamailioPod, kamailioDeployment, kamailioObjects } from '../cluster/kamailio-pod.ts';
import { apply } from '../cluster/kubectl.ts';
import { TestNamespace } from '../cluster/test-namespace.ts';
import { listUrl, showsActive } from './bus.ts';
import { measured } from './bus-times.ts';
import { hasKamailio, type KamailioNode, kamailioNodes, kamailioVersions, watchedKamailio } from './kamailio.ts';
import { signalProcesses } from './node-process.ts';
import { Release } from './release.ts';
import { Runner } from './runner.ts';

interface TimeUntilOut {
  readonly ours: number;
  readonly theirs: number;
}

/** All its processes. */
const kill = ({ rpc }: KamailioNode): void => signalProcesses(`POD_IP=${new URL(rpc).hostname}`, 'SIGKILL');

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

  /** Waits until everybody lists everybody, and those Kamailios besides. */
  async function whole(more: readonly KamailioNode[] = [], deadlineMs = 30_000): Promise<void> {
    const [ours, theirs] = [await release.pods(), [...(await kamailios()), ...more]];
    const urls = [...ours.map(listUrl), ...theirs.map(({ rpc }) => rpc)];
    const seen = await runner.look({ urls, active: [...ours, ...theirs].map(({ uri }) => uri), deadlineMs });
    expect(seen.held, JSON.stringify(seen.lists)).toBe(true);
  }

  /** Milliseconds until neither our nodes nor the other Kamailios list this one, a Kamailio or one of ours, as active. */
  async function timeUntilOut(
    { name, uri }: { readonly name: string; readonly uri: string },
    end: () => Promise<unknown> | unknown,
  ): Promise<TimeUntilOut> {
    const isOther = (one: { readonly name: string }): boolean => one.name !== name;
    const ours = (await release.pods()).filter(isOther).map(listUrl);
    const theirs = (await kamailios()).filter(isOther).map(({ rpc }) => rpc);
    const looks = [ours, theirs].map((urls) => runner.look({ urls, without: uri, deadlineMs: 30_000 }));
    const since = Date.now();
    await end();
    const [outOfOurs, outOfTheirs] = await Promise.all(looks);
    return { ours: (outOfOurs?.at ?? 0) - since, theirs: (outOfTheirs?.at ?? 0) - since };
  }

  /** Holds what was measured, from the beginning of the command on, against bars in milliseconds. */
  function expectAtOnce(what: string, times: readonly TimeUntilOut[], bars: TimeUntilOut): void {
    const { ours, theirs } = { ours: times.map((time) => time.ours), theirs: times.map((time) => time.theirs) };
    measured(`${what} → out of our broadcasts`, ours);
    measured('the same → out of the lists of the other Kamailios', theirs);
    expect(Math.max(...ours)).toBeLessThan(bars.ours);
    expect(Math.max(...theirs)).toBeLessThan(bars.theirs);
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

  it.each([
    ['deleted by force', ['--force', '--grace-period=0']],
    ['deleted', []],
  ])('lose one that is %s: our nodes and the living Kamailios know it at once', async (how, flags) => {
    const times: TimeUntilOut[] = [];
    for (const app of apps) {
      const [victim] = await kamailioNodes(namespace, app);
      times.push(
        await timeUntilOut(victim!, () => namespace.kubectl('delete', 'pod', victim!.name, '--wait=false', ...flags)),
      );
      await available();
      await whole();
    }
    expectAtOnce(`a Kamailio pod ${how}`, times, { ours: 1_000, theirs: 1_000 });
  });

  it('lose one that is killed, with its pod: our nodes tell the living Kamailios as soon as the kubelet says so', async () => {
    const once = kamailioVersions.map((version): KamailioPod => {
      const pod = watchedKamailio(version, namespace);
      const name = `once-${version.replace('.', '-')}`;
      return { ...pod, name, labels: { ...pod.labels, app: name }, endsWithProcess: true };
    });
    await apply(namespace.name, once.flatMap(kamailioObjects));
    await namespace.kubectl('wait', '--for=condition=Ready', '--timeout=60s', ...once.map(({ name }) => `pod/${name}`));
    const victims = (await Promise.all(once.map(({ name }) => kamailioNodes(namespace, name)))).flat();
    await whole(victims);
    const times: TimeUntilOut[] = [];
    for (const victim of victims) times.push(await timeUntilOut(victim, () => kill(victim)));
    await whole();
    // The kubelet looks at its containers once a second, and says that the pod has ended a look later.
    expectAtOnce('`kill -9` of a Kamailio whose pod ends with it', times, { ours: 3_000, theirs: 4_000 });
  });

  // Where the container is run anew they are not told: it is back before a Kamailio that was told would look for it again.
  it('take those back that were killed and run again in the same pods', async () => {
    const victims = (await Promise.all(apps.map((app) => kamailioNodes(namespace, app)))).map(([victim]) => victim!);
    for (const victim of victims) kill(victim);
    const restarts = '{.status.containerStatuses[0].restartCount}';
    const pods = victims.map(({ name }) => `pod/${name}`);
    await namespace.kubectl('wait', ...pods, `--for=jsonpath=${restarts}=1`, '--timeout=30s');
    await available();
    await whole([], 90_000);
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
    await whole([], 5_000);
  });

  it('lose one of ours that is deleted or scaled away: it says goodbye to them', async () => {
    const [, deleted, scaled] = await release.pods();
    const times = [
      await timeUntilOut(deleted!, () => namespace.kubectl('delete', 'pod', deleted!.name, '--wait=false')),
    ];
    await release.replaced(deleted!);
    await whole();
    times.push(await timeUntilOut(scaled!, () => release.scale(2)));
    await release.gone([scaled!.name]);
    await whole();
    expectAtOnce('one of ours deleted, or scaled away', times, { ours: 1_000, theirs: 1_000 });
  });

  it('lose one that is scaled away: our nodes and the living Kamailios know it at once', async () => {
    const times: TimeUntilOut[] = [];
    for (const app of apps) {
      const [victim] = await kamailioNodes(namespace, app);
      const cost = 'controller.kubernetes.io/pod-deletion-cost=-1'; // the other one costs 0
      await namespace.kubectl('annotate', 'pod', victim!.name, cost);
      times.push(await timeUntilOut(victim!, () => namespace.kubectl('scale', 'deployment', app, '--replicas=1')));
      await available();
    }
    await whole();
    expect((await kamailios()).map(({ name }) => name)).toHaveLength(2);
    // Two controllers of Kubernetes come before the deletion.
    expectAtOnce('a Kamailio pod scaled away', times, { ours: 2_000, theirs: 2_000 });
  });
});
