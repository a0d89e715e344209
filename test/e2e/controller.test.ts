import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { kamailioObjects } from '../cluster/kamailio-pod.ts';
import { apply, kubectl } from '../cluster/kubectl.ts';
import { isOwnCluster } from '../cluster/own-cluster.ts';
import { TestNamespace } from '../cluster/test-namespace.ts';
import { measured } from './bus-times.ts';
import { applyRelease, deafPod, settings } from './controlled-release.ts';
import { Cut } from './cut.ts';
import { hasKamailio } from './kamailio.ts';
import { signalProcesses } from './node-process.ts';

interface Listed {
  readonly metadata: { readonly name: string; readonly uid: string; readonly generation?: number };
  readonly status?: {
    readonly podIP?: string;
    readonly phase?: string;
    readonly seenBy?: string;
    readonly version?: string;
    readonly conditions?: readonly Condition[];
    readonly observedGeneration?: number;
  };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly observedGeneration?: number;
}

interface ListedEvent {
  readonly reason: string;
  readonly type: string;
  readonly reportingComponent: string;
  readonly involvedObject: { readonly kind: string; readonly name: string; readonly uid: string };
}

interface LogLine {
  readonly at: number;
  readonly msg: string;
  readonly node?: string;
  readonly why?: string;
}

let namespace: TestNamespace;
const started = Date.now();

const list = async (what: string, ...more: string[]): Promise<Listed[]> =>
  (JSON.parse(await namespace.kubectl('get', what, '-o', 'json', ...more)) as { items: Listed[] }).items;
const pod = async (name: string): Promise<Listed> =>
  (await list('pods')).find(({ metadata }) => metadata.name === name)!;
const addressOf = async (name: string): Promise<string> => `sip:${(await pod(name)).status?.podIP}:5060`;

/** As `kubectl get dmqnodes` shows them: name, phase and by how many it is seen. */
const shown = async (): Promise<string[]> =>
  (await list('dmqnodes')).map(({ metadata, status }) => `${metadata.name} ${status?.phase} ${status?.seenBy}`).sort();
const shows = (expected: readonly string[], timeout = 40_000): Promise<unknown> =>
  vi.waitFor(async () => expect(await shown()).toEqual(expected), { timeout, interval: 300 });

async function logOf(name: string, since: number): Promise<LogLine[]> {
  const text = await namespace.kubectl('logs', name, `--since-time=${new Date(since - 1_000).toISOString()}`);
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine & { time: string })
    .map((line) => ({ ...line, at: Date.parse(line.time) }))
    .filter(({ at }) => at >= since);
}

/** Milliseconds until each of the nodes has logged such a line. */
async function loggedAfter(
  names: readonly string[],
  since: number,
  isIt: (line: LogLine) => boolean,
): Promise<number[]> {
  return await vi.waitFor(
    async () => {
      const found = await Promise.all(names.map(async (name) => (await logOf(name, since)).find(isIt)));
      expect(found).not.toContain(undefined);
      return found.map((line) => line!.at - since);
    },
    { timeout: 30_000, interval: 200 },
  );
}

const isGone =
  (node: string) =>
  ({ msg, node: of }: LogLine): boolean =>
    of === node && (msg === 'node left' || msg === 'node died');

const ours = ['kdmq-0', 'kdmq-1', 'kdmq-2'];
const allSeeAll = ours.map((name) => `${name} active 3/3`);

beforeAll(async () => {
  await kubectl(['apply', '-f', 'charts/kdmq/crds/dmqnodes.yaml']);
  namespace = await TestNamespace.create('controller');
  await applyRelease(namespace, 3);
});
afterAll(() => namespace[Symbol.asyncDispose]());

describe('three nodes that only Kubernetes names to one another', () => {
  it('make one bus, and kubectl shows it', async () => {
    await shows(allSeeAll, 90_000);
    for (const name of ours) {
      const joins = (await logOf(name, started)).filter(({ msg }) => msg === 'node joined');
      expect(joins, name).toHaveLength(2);
    }
    const table = await namespace.kubectl('get', 'dmqnodes');
    expect(table.split('\n')[0]).toMatch(/^NAME +PHASE +KIND +ADDRESS +SEEN-BY +VERSION +LAST-SEEN +AGE/);
    await vi.waitFor(
      async () => {
        const described = await namespace.kubectl('describe', 'pod', 'kdmq-1');
        expect(described).toMatch(/Normal +Joined .*kdmq\.dev\/kdmq +sip:.* takes part in the bus/);
      },
      { timeout: 20_000, interval: 500 },
    );
  });
});

describe('a node that nothing but its environment configures', () => {
  const run = (...command: string[]): Promise<string> => namespace.kubectl('exec', 'kdmq-0', '--', 'kdmq', ...command);

  it('has read no file: each of its settings is a default, or from a variable', async () => {
    const printed = JSON.parse(await run('config', '--output', 'json')) as Record<string, { source: string }>;
    const sources = Object.values(printed).map(({ source }) => source);
    expect(sources.filter((source) => source.startsWith('KDMQ_')).sort()).toEqual(Object.keys(settings).sort());
    expect(sources.filter((source) => source.includes('/'))).toEqual([]);
  });

  it('keeps to them: what another one broadcasts is in the queue that its environment makes and binds', async () => {
    await namespace.kubectl('exec', 'kdmq-1', '--', 'kdmq', 'broadcast', 'calls', 'hello');
    const { definition, size } = JSON.parse(await run('queue', 'show', 'calls', '--output', 'json')) as Record<
      string,
      unknown
    >;
    expect(definition).toContain(`${settings.KDMQ_MQUEUE};`);
    expect(size).toBe(1);
  });
});

describe('a pod that is deleted by force and ignores every signal', () => {
  it('is out of all broadcasts within a second and does not come back, while its process still sends', async () => {
    await apply(namespace.name, [deafPod()]);
    await shows(['deaf active 4/4', ...ours.map((name) => `${name} active 4/4`)], 60_000);
    const node = await addressOf('deaf');
    const since = Date.now();
    await namespace.kubectl('delete', 'pod', 'deaf', '--force', '--grace-period=0', '--wait=false');
    const times = await loggedAfter(ours, since, isGone(node));
    expect(Math.max(...times)).toBeLessThan(1_000);
    // The kubelet kills it after two seconds: until then it speaks up again and again.
    await vi.waitFor(() => expect(Date.now() - since).toBeGreaterThan(4_000), { timeout: 10_000 });
    for (const name of ours) {
      const again = (await logOf(name, since)).filter(({ msg, node: of }) => msg === 'node joined' && of === node);
      expect(again, name).toEqual([]);
    }
    await shows(allSeeAll);
  });
});

/** The last word of a DmqNode's status on each condition, and of which generation of its spec they speak. */
async function conditionsOf(name: string): Promise<{ readonly words: string[]; readonly generations: number[] }> {
  const { metadata, status } = (await list('dmqnodes')).find(({ metadata: { name: of } }) => of === name)!;
  const conditions = status?.conditions ?? [];
  const observed = [status?.observedGeneration, ...conditions.map(({ observedGeneration }) => observedGeneration)];
  return {
    words: [...conditions.map(({ type, status: is }) => `${type} ${is}`), `seen by ${status?.seenBy}`],
    generations: observed.map((one) => (one ?? 0) - (metadata.generation ?? 0)),
  };
}

/** What kdmq tells of a node: kinds of Events about its pod and about its DmqNode. */
async function eventsOn(name: string): Promise<string[]> {
  const node = (await list('dmqnodes')).find(({ metadata: { name: of } }) => of === name);
  const uids = [(await pod(name)).metadata.uid, node?.metadata.uid];
  const { items } = JSON.parse(await namespace.kubectl('get', 'events', '-o', 'json')) as { items: ListedEvent[] };
  const ofBoth = items.filter(
    ({ reportingComponent, involvedObject: { uid } }) => reportingComponent === 'kdmq.dev/kdmq' && uids.includes(uid),
  );
  return [
    ...new Set(ofBoth.map(({ involvedObject, type, reason }) => `${involvedObject.kind} ${type} ${reason}`)),
  ].sort();
}

const leaderIdentity = (): Promise<string> =>
  namespace.kubectl('get', 'lease', 'kdmq', '-o', 'jsonpath={.spec.holderIdentity}');

/** Waits until the DmqNode's conditions are these, of its spec as it is now. */
const says = (name: string, words: readonly string[]): Promise<unknown> =>
  vi.waitFor(async () => expect(await conditionsOf(name)).toEqual({ words, generations: [0, 0, 0, 0] }), {
    timeout: 30_000,
    interval: 200,
  });

describe.runIf(isOwnCluster)('a node that the others can not reach any more, while Kubernetes reaches all', () => {
  const whole = ['Ready True', 'Reachable True', 'SplitView False', 'seen by 3/3'];

  it('is shown as a split by conditions and Events, until they reach one another again', async () => {
    const leader = (await leaderIdentity()).split('_')[0]!;
    const name = ours.find((one) => one !== leader)!;
    const cutPods = [name, ...ours.filter((one) => one !== name)].map(async (one) => {
      const { metadata, status } = await pod(one);
      return { uid: metadata.uid, host: status!.podIP! };
    });
    const [victim, ...others] = await Promise.all(cutPods);
    for (const one of ours) await says(one, whole);
    const cutAt = Date.now();
    const cut = await Cut.between(victim!, others);
    try {
      // Nobody else gets answers from it. That it is there itself it says through Kubernetes.
      await says(name, ['Ready False', 'Reachable False', 'SplitView True', 'seen by 1/3']);
      measured('one pod cut off from the others → SplitView shown', [Date.now() - cutAt]);
      await says(leader, ['Ready True', 'Reachable True', 'SplitView True', 'seen by 2/3']);
    } finally {
      await cut[Symbol.asyncDispose]();
    }
    const mendedAt = Date.now();
    for (const one of ours) await says(one, whole);
    measured('mended → nobody is shown as split any more', [Date.now() - mendedAt]);
    const told = ['Normal Joined', 'Normal Rejoined', 'Warning Left', 'Warning SplitView', 'Warning Suspected'];
    const expected = ['DmqNode', 'Pod'].flatMap((kind) => told.map((what) => `${kind} ${what}`));
    await vi.waitFor(async () => expect(await eventsOn(name)).toEqual(expected), { timeout: 20_000, interval: 500 });
  });
});

describe.runIf(isOwnCluster)('the leader', () => {
  it('is followed by another one some seconds after it was killed', async () => {
    const holder = await leaderIdentity();
    const leader = holder.split('_')[0]!;
    const { uid } = (await pod(leader)).metadata;
    const since = Date.now();
    signalProcesses(`POD_UID=${uid}`, 'SIGKILL');
    await vi.waitFor(
      async () => {
        expect(await leaderIdentity()).not.toBe(holder);
      },
      { timeout: 15_000, interval: 100 },
    );
    expect(Date.now() - since).toBeLessThan(6_000);
    await shows(allSeeAll, 60_000);
  });
});

describe('a DmqNode with an address that is none', () => {
  const edge = (address: string): object => ({
    apiVersion: 'kdmq.dev/v1alpha1',
    kind: 'DmqNode',
    metadata: { name: 'wrong' },
    spec: { address },
  });

  afterAll(async () => {
    await namespace.kubectl('delete', 'dmqnode', 'wrong');
    await shows(allSeeAll);
  });

  it.each([
    ['sip:999.1.1.1:5060', 'must hold an IP address, IPv4 as four numbers from 0 to 255'],
    ['sip:192.0.2.1:99999', 'must hold a port from 1 to 65535'],
    ['sips:192.0.2.1;transport=udp', 'sips means TLS'],
  ])('is refused by Kubernetes, in words: %s', async (address, words) => {
    await expect(apply(namespace.name, [edge(address)])).rejects.toThrow(words);
  });

  it('says so in its status where Kubernetes can not tell', async () => {
    await apply(namespace.name, [edge('sip:[2001:db8::1::2]:5060')]);
    await namespace.kubectl('wait', 'dmqnode/wrong', '--for=condition=Ready=False', '--timeout=30s');
    const ready = '{.status.conditions[?(@.type=="Ready")].reason}';
    expect(await namespace.kubectl('get', 'dmqnode', 'wrong', '-o', `jsonpath=${ready}`)).toBe('InvalidAddress');
    expect((await conditionsOf('wrong')).generations).toEqual([0, 0, 0, 0]);
  });

  it('says of which address that is, when the address is changed', async () => {
    await apply(namespace.name, [edge('sip:[2001:db8::2::3]:5060')]);
    const observed = '{.status.observedGeneration}';
    await namespace.kubectl('wait', 'dmqnode/wrong', `--for=jsonpath=${observed}=2`, '--timeout=30s');
    expect((await conditionsOf('wrong')).generations).toEqual([0, 0, 0, 0]);
    const message = '{.status.conditions[?(@.type=="Ready")].message}';
    expect(await namespace.kubectl('get', 'dmqnode', 'wrong', '-o', `jsonpath=${message}`)).toContain('2001:db8::2::3');
  });
});

describe.runIf(hasKamailio)('a Kamailio outside of the release', () => {
  it('becomes a node by a DmqNode, and is none any more when that is deleted', async () => {
    await apply(
      namespace.name,
      kamailioObjects({ name: 'edge', image: 'localhost/kamailio:5.6', labels: { app: 'edge' } }),
    );
    await namespace.kubectl('wait', 'pod/edge', '--for=condition=Ready', '--timeout=60s');
    const address = await addressOf('edge');
    await apply(namespace.name, [
      { apiVersion: 'kdmq.dev/v1alpha1', kind: 'DmqNode', metadata: { name: 'edge' }, spec: { address } },
    ]);
    await shows(['edge active 3/3', ...allSeeAll]);
    const since = Date.now();
    await namespace.kubectl('delete', 'dmqnode', 'edge');
    const times = await loggedAfter(ours, since, isGone(address));
    expect(Math.max(...times)).toBeLessThan(1_500);
    await shows(allSeeAll);
  });
});

describe.runIf(hasKamailio)('nodes beyond observed_nodes_limit', () => {
  const kamailio = (name: string): object[] =>
    kamailioObjects({ name, image: 'localhost/kamailio:6.1', labels: { app: 'kamailio' } });

  it('are in the bus all the same; kubectl shows as many as that, the leader says so, and shows another one when there is room', async () => {
    await apply(namespace.name, kamailio('kamailio-first'));
    await shows(['kamailio-first active 3/3', ...allSeeAll]);
    const since = Date.now();
    await apply(namespace.name, kamailio('kamailio-second'));
    await namespace.kubectl('wait', 'pod/kamailio-second', '--for=condition=Ready', '--timeout=60s');
    const second = await addressOf('kamailio-second');
    await loggedAfter(ours, since, ({ msg, node }) => msg === 'node joined' && node === second);
    const leader = (await leaderIdentity()).split('_')[0]!;
    await loggedAfter([leader], since, ({ msg }) => msg === 'no DmqNode for some nodes: observed_nodes_limit');
    expect(await shown()).toEqual(['kamailio-first active 3/3', ...allSeeAll]);
    await namespace.kubectl('delete', 'pod', 'kamailio-first', '--wait=false');
    await shows(['kamailio-second active 3/3', ...allSeeAll]);
  });
});
