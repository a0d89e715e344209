import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestNamespace } from '../cluster/test-namespace.ts';
import { listsAreWhole } from './bus.ts';
import { allSeeAllAfter, measured } from './bus-times.ts';
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

  it('is one bus on IPv6 alone', async () => {
    await timeToOneBus({ ...dnsOnly, ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] });
  });

  it.each([
    ['IPv4', 'IPv6'],
    ['IPv6', 'IPv4'],
  ])('is one bus on both families, %s first, each pod one node', async (...ipFamilies) => {
    await timeToOneBus({ ...dnsOnly, ipFamilyPolicy: 'RequireDualStack', ipFamilies });
  });

  it('takes its settings from a ConfigMap of the user', async () => {
    const literals = ['ping_interval=7', 'mqueue=name=calls;dbmode=none'].map((pair) => `--from-literal=${pair}`);
    await namespace.kubectl('create', 'configmap', 'mine', ...literals);
    await timeToOneBus({ existingConfigMap: 'mine' });
    expect(await setting('ping_interval')).toBe('7');
  });

  it('takes its settings from the environment alone', async () => {
    await timeToOneBus({ env: [{ name: 'KDMQ_PING_INTERVAL', value: '8' }] });
    expect(await setting('ping_interval')).toBe('8');
  });

  /** As `kdmq config` in the pod prints it. */
  async function setting(key: string): Promise<string | undefined> {
    const printed = await namespace.kubectl('exec', `${name}-0`, '--', 'node', 'dist/image/cli/main.js', 'config');
    return new RegExp(`^${key}: (\\S+)`, 'm').exec(printed)?.[1];
  }
});
