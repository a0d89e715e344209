import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isOwnCluster } from '../cluster/own-cluster.ts';
import { TestNamespace } from '../cluster/test-namespace.ts';
import { listsAreWhole, showsActive } from './bus.ts';
import { allSeeAllAfter, isEndOf, measured } from './bus-times.ts';
import { signalProcesses } from './node-process.ts';
import { PodLog } from './pod-log.ts';
import { Release, type Values } from './release.ts';
import { Runner, startCachingDns } from './runner.ts';

/** DNS alone tells nodes of one another. */
const dnsOnly = { controller: { enabled: false } };
const withoutRedis = { redis: { enabled: false } };

describe('a release of three nodes', () => {
  let namespace: TestNamespace;
  let runner: Runner;
  let release: Release | undefined;
  /** Of each release another: the pods of the one before may still be there. */
  let name: string;
  let count = 0;

  beforeAll(async () => {
    namespace = await TestNamespace.create('surroundings');
    runner = await Runner.start(namespace);
  });
  beforeEach(() => {
    count += 1;
    name = `kdmq-${count}`;
  });
  afterEach(async () => {
    await release?.uninstall();
    release = undefined;
  });
  afterAll(() => namespace[Symbol.asyncDispose]());

  /** Installs it; when every node lists every node, the milliseconds since the last process listened. */
  async function timeToOneBus(values: Values): Promise<number> {
    release = await Release.install({ namespace, name, values: { ...withoutRedis, ...values } });
    await release.rolledOut();
    const logs = await Promise.all(release.ordinals(3).map((name) => PodLog.follow(namespace.name, name)));
    try {
      const time = await allSeeAllAfter(logs);
      await listsAreWhole(runner, release);
      return time;
    } finally {
      await Promise.all(logs.map((log) => log[Symbol.asyncDispose]()));
    }
  }

  it('without rights at the Kubernetes API finds itself by DNS, and says that it has none', async () => {
    const time = await timeToOneBus({ rbac: { create: false } });
    measured('no RBAC: the last one listens → all see all', [time]);
    const log = await namespace.kubectl('logs', `${name}-0`);
    expect(log).toMatch(/forbidden/);
  });

  it('finds itself by DNS alone', async () => {
    measured('no controller: the last one listens → all see all', [await timeToOneBus(dnsOnly)]);
  });

  it('finds itself although DNS keeps missing names for 30 s: one node that sees another one is enough', async () => {
    const nameserver = await startCachingDns(namespace);
    // Asked for before there is a release: from here on the server says that the names are missing.
    const names = ['', '_sip._udp.', '_sip._tcp.'].map(
      (prefix) => `${prefix}${name}-headless.${namespace.name}.svc.cluster.local`,
    );
    const program = `const resolver = new dns.promises.Resolver(); resolver.setServers(['127.0.0.1']);
      Promise.allSettled(${JSON.stringify(names)}.flatMap((name) => ['A', 'AAAA', 'SRV'].map((type) => resolver.resolve(name, type))))
        .then((results) => console.log(results.map(({ reason }) => reason?.code).join()))`;
    const answers = await namespace.kubectl('exec', 'caching-dns', '--', 'node', '-e', program);
    expect(new Set(answers.trim().split(','))).toEqual(new Set(['ENOTFOUND']));
    const searches = [`${namespace.name}.svc.cluster.local`, 'svc.cluster.local', 'cluster.local'];
    const dnsConfig = { nameservers: [nameserver], searches, options: [{ name: 'ndots', value: '5' }] };
    const time = await timeToOneBus({ ...dnsOnly, dnsPolicy: 'None', dnsConfig });
    measured('no controller, missing names kept for 30 s: the last one listens → all see all', [time]);
    expect(time, 'the server did not stand in the way').toBeGreaterThan(5_000);
    expect(time).toBeLessThan(32_000);
  });

  it('finds itself with multi_notify off', async () => {
    const time = await timeToOneBus({ ...dnsOnly, config: { multi_notify: false } });
    measured('multi_notify off: the last one listens → all see all', [time]);
  });

  it('finds itself by DNS alone on IPv6 alone', async () => {
    await timeToOneBus({ ...dnsOnly, ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] });
  });

  it.each([
    ['on IPv6 alone', { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] }],
    ['on both families, IPv4 first', { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] }],
    ['on both families, IPv6 first', { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] }],
  ])('is one bus %s, each pod one node, and hears from Kubernetes that one is gone', async (families, values) => {
    await timeToOneBus(values);
    const pods = await release!.pods();
    await showsActive(namespace, release!.ordinals(3), 3);
    const addresses = '{range .items[*]}{.metadata.name} {.spec.address}{"\\n"}{end}';
    const shown = (await namespace.kubectl('get', 'dmqnodes', '-o', `jsonpath=${addresses}`)).trim().split('\n');
    expect(shown.sort()).toEqual(pods.map(({ name, uri }) => `${name} ${uri}`));
    if (!isOwnCluster) return;
    const [victim] = pods;
    const logs = await Promise.all(pods.slice(1).map((pod) => PodLog.follow(namespace.name, pod.name)));
    try {
      // It can't say goodbye itself; for probes to find out takes some seconds.
      signalProcesses(`POD_UID=${victim!.uid}`, 'SIGSTOP');
      const since = Date.now();
      await namespace.kubectl('delete', 'pod', victim!.name, '--force', '--grace-period=0', '--wait=false');
      const isEnd = isEndOf(victim!.uri);
      const ends = await Promise.all(logs.map((log) => log.until(`${victim!.uri} left or died`, isEnd, since)));
      // One may have heard it from the other, which Kubernetes told.
      expect(ends.map(({ why }) => why)).toContain('pod deleted');
      measured(`${families}: \`kubectl delete pod --force\` → out of all broadcasts`, [
        Math.max(...ends.map(({ at }) => at)) - since,
      ]);
    } finally {
      await Promise.all(logs.map((log) => log[Symbol.asyncDispose]()));
    }
  });

  it('takes its settings from a ConfigMap of the user', async () => {
    const literals = ['ping_interval=7', 'mqueue=name=calls;dbmode=none'].map((pair) => `--from-literal=${pair}`);
    await namespace.kubectl('create', 'configmap', 'mine', ...literals);
    await timeToOneBus({ existingConfigMap: 'mine' });
    expect(await setting('ping_interval')).toBe('7');
  });

  it('takes a variable of its environment before a ConfigMap', async () => {
    await timeToOneBus({ env: [{ name: 'KDMQ_PING_INTERVAL', value: '8' }] });
    expect(await setting('ping_interval')).toBe('8');
  });

  /** As `kdmq config` in the pod prints it. */
  async function setting(key: string): Promise<string | undefined> {
    const printed = await namespace.kubectl('exec', `${name}-0`, '--', 'node', 'dist/image/cli/main.js', 'config');
    return new RegExp(`^${key}: (\\S+)`, 'm').exec(printed)?.[1];
  }
});
