import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { apply, kubectl } from '../cluster/kubectl.ts';
import { TestNamespace } from '../cluster/test-namespace.ts';
import { applyRelease, deafPod, kamailioObjects, rules } from './controlled-release.ts';

interface Listed {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly status?: {
    readonly podIP?: string;
    readonly phase?: string;
    readonly seenBy?: string;
    readonly version?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
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

  it('may do what is documented, and no more', async () => {
    const account = `system:serviceaccount:${namespace.name}:kdmq`;
    const may = await kubectl(['auth', 'can-i', '--list', '--no-headers', '-n', namespace.name, '--as', account]);
    const lines = may.split('\n').filter((line) => /^[a-z0-9./]+ +\[\] /.test(line) && !line.includes('selfsubject'));
    const listed = lines.map((line) => {
      const [, resource, names, verbs] = /^(\S+) +\[\] +\[(.*?)\] +\[(.*)\]/.exec(line) ?? [];
      return `${resource} [${names}] ${verbs?.split(' ').sort().join(' ')}`;
    });
    const documented = rules.map(({ apiGroups: [group], resources: [resource], verbs, ...rest }) => {
      const [plural, subresource] = resource!.split('/');
      const name = `${plural}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
      const names = 'resourceNames' in rest ? (rest.resourceNames as string[]).join(' ') : '';
      return `${name} [${names}] ${[...verbs].sort().join(' ')}`;
    });
    expect(listed.sort()).toEqual(documented.sort());
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

describe('the leader', () => {
  it('is followed by another one some seconds after it was killed', async () => {
    const holder = await namespace.kubectl('get', 'lease', 'kdmq', '-o', 'jsonpath={.spec.holderIdentity}');
    const leader = holder.split('_')[0]!;
    const { uid } = (await pod(leader)).metadata;
    const since = Date.now();
    killProcessOf(uid);
    await vi.waitFor(
      async () => {
        const next = await namespace.kubectl('get', 'lease', 'kdmq', '-o', 'jsonpath={.spec.holderIdentity}');
        expect(next).not.toBe(holder);
      },
      { timeout: 15_000, interval: 100 },
    );
    expect(Date.now() - since).toBeLessThan(6_000);
    await shows(allSeeAll, 60_000);
  });
});

describe('a Kamailio outside of the release', () => {
  it('becomes a node by a DmqNode, and is none any more when that is deleted', async () => {
    await apply(namespace.name, kamailioObjects('edge', '5.6', 'edge'));
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

describe('a Kamailio pod whose labels are watched', () => {
  it('is found, shown with its version, and out within a second when it is deleted by force', async () => {
    await apply(namespace.name, kamailioObjects('kamailio', '6.1', 'kamailio'));
    await shows(['kamailio active 3/3', ...allSeeAll], 60_000);
    const node = (await list('dmqnodes')).find(({ metadata }) => metadata.name === 'kamailio');
    expect(node?.status?.version).toMatch(/^kamailio 6\.1/);
    const address = await addressOf('kamailio');
    const since = Date.now();
    await namespace.kubectl('delete', 'pod', 'kamailio', '--force', '--grace-period=0', '--wait=false');
    expect(Math.max(...(await loggedAfter(ours, since, isGone(address))))).toBeLessThan(1_500);
    await shows(allSeeAll);
  });
});

describe.runIf(ownApiServer() !== undefined)('while the API server stands still', () => {
  it('the bus goes on, and all heals by itself', async () => {
    const api = ownApiServer()!;
    const since = Date.now();
    process.kill(api, 'SIGSTOP');
    try {
      await vi.waitFor(() => expect(Date.now() - since).toBeGreaterThan(10_000), { timeout: 20_000 });
    } finally {
      process.kill(api, 'SIGCONT');
    }
    const isTold = ({ msg }: LogLine): boolean => msg.startsWith('Kubernetes API is not reached');
    expect(Math.max(...(await loggedAfter(ours, since, isTold)))).toBeLessThan(5_000);
    await loggedAfter(ours, since, ({ msg }) => msg === 'Kubernetes watch goes on');
    for (const name of ours)
      expect((await logOf(name, since)).filter(({ msg }) => /^node (left|died)/.test(msg))).toEqual([]);
    await shows(allSeeAll);
  });
});

describe('a release that is deleted', () => {
  it('leaves no DmqNode and no Lease', async () => {
    await namespace.kubectl('delete', 'statefulset', 'kdmq');
    await vi.waitFor(
      async () => {
        expect(await list('dmqnodes')).toEqual([]);
        expect(await list('leases')).toEqual([]);
      },
      { timeout: 60_000, interval: 500 },
    );
  });
});

/** SIGKILL for the node's process: as root on the machine of the test cluster, where pods' processes are to be seen. */
function killProcessOf(uid: string): void {
  const script = `for environ in /proc/[0-9]*/environ; do
    grep -qzx 'POD_UID=${uid}' "$environ" 2> /dev/null && kill -9 "$(cut -d / -f 3 <<< "$environ")"
  done; true`;
  execFileSync('bash', ['-c', script]);
}

/** The API server's process where it runs on this machine. */
function ownApiServer(): number | undefined {
  try {
    return Number(readFileSync('/run/kdmq-cluster/apiserver.pid', 'utf8'));
  } catch {
    return undefined;
  }
}
