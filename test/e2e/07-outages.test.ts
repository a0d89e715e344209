import { readFileSync } from 'node:fs';
import { setTimeout as goOnFor } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isOwnCluster } from '../cluster/own-cluster.ts';
import { TestNamespace } from '../cluster/test-namespace.ts';
import { broadcast, sentTo } from './broadcasts.ts';
import { listsAreWhole, showsActive } from './bus.ts';
import { isEndOf, measured } from './bus-times.ts';
import { signalProcesses } from './node-process.ts';
import { PodLog } from './pod-log.ts';
import { QueueProbe } from './queue-probe.ts';
import { Release } from './release.ts';
import type { Loaded } from './runner/steady-load.ts';
import { Runner } from './runner.ts';

const settings = {
  mqueue: { work: { durability: 'always' }, greetings: {} },
  bindings: [{ channel: 'greetings', queue: 'greetings' }],
};

describe('a release of three nodes', () => {
  let namespace: TestNamespace;
  let release: Release;
  let runner: Runner;

  beforeAll(async () => {
    namespace = await TestNamespace.create('outages');
    release = await Release.install({ namespace, values: { config: settings } });
    runner = await Runner.start(namespace);
    await release.rolledOut();
    await listsAreWhole(runner, release);
    await showsActive(namespace, release.ordinals(3), 3);
  });
  afterAll(() => namespace[Symbol.asyncDispose]());

  /** Stops a program of the cluster for a while, whatever happens meanwhile. */
  async function without(
    program: string,
    seconds: number,
    meanwhile: () => Promise<void> = async () => {},
  ): Promise<void> {
    const pid = Number(readFileSync(`${process.env.CLUSTER_RUN ?? '/run/kdmq-cluster'}/${program}.pid`, 'utf8'));
    const over = goOnFor(seconds * 1_000);
    process.kill(pid, 'SIGSTOP');
    try {
      await Promise.all([over, meanwhile()]);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  }

  /** Each second what the nodes say of themselves. */
  const verdicts = async () => {
    const pods = await release.pods();
    const requests = pods.map(({ http }) => ({ url: `${http}/readyz?verbose` }));
    return await runner.load('verdicts', { requests, everyMs: 333 });
  };

  /** What the nodes say of themselves at each of their scrapes. */
  const metrics = async () => {
    const pods = await release.pods();
    const requests = pods.map(({ http }) => ({ url: `${http}/metrics` }));
    return await runner.load('metrics', { requests, everyMs: 1_000 });
  };

  /** Waits until each node says that of itself again. */
  const allSay = async (note: string): Promise<void> => {
    const requests = (await release.pods()).map(({ http }) => ({ url: `${http}/readyz?verbose` }));
    await vi.waitFor(
      async () => {
        const said = (await runner.exchange(requests)).map(({ body }) => body.split('\n').includes(note));
        expect(said).toEqual(requests.map(() => true));
      },
      { timeout: 30_000, interval: 500 },
    );
  };

  /** From which nodes a body with that line came. */
  const saidBy = (loads: readonly Loaded[], line: RegExp): number =>
    new Set(loads.filter(({ body }) => line.test(body)).map(({ url }) => new URL(url).host)).size;

  const greet = () =>
    runner.load('greetings', { requests: [broadcast('http://kdmq:8080', 'greetings')], everyMs: 100 });

  /** All broadcasts were answered by both of the others. */
  function expectAllHeard(loads: readonly Loaded[]): void {
    expect(loads.length).toBeGreaterThan(50);
    expect(loads.filter(({ status }) => status !== 200)).toEqual([]);
    const sent = sentTo(loads);
    expect(sent).toHaveLength(loads.length * 2);
    expect(sent.filter(({ code }) => code !== 202)).toEqual([]);
  }

  it.runIf(isOwnCluster)(
    'goes on while the API server stands still for two minutes, says so, and heals',
    async () => {
      const victim = await release.pod('kdmq-2');
      const [endVerdicts, endGreetings] = [await verdicts(), await greet()];
      const since = Date.now();
      let killedAt = 0;
      await without('apiserver', 120, async () => {
        await goOnFor(60_000);
        // A death is found by the nodes themselves.
        killedAt = Date.now();
        signalProcesses(`POD_UID=${victim.uid}`, 'SIGKILL');
      });
      const [seen, greetings] = [await endVerdicts(), await endGreetings()];
      const unreachable = seen.filter(({ body }) => /^\[i\]kubernetes unreachable/m.test(body));
      const noticed = Math.min(...unreachable.map(({ at }) => at)) - since;
      expect(measured('API server frozen → said in /readyz?verbose', [noticed])).toBeLessThan(5_000);
      expect(seen.filter(({ url, status }) => status !== 200 && !url.includes(victim.host))).toEqual([]);
      // Read now: what followed a log before was cut off with the API server.
      await using log = await PodLog.follow(namespace.name, 'kdmq-0');
      const died = await log.until('the killed one died', isEndOf(victim.uri), killedAt);
      expect(measured('meanwhile `kill -9` of a node → out', [died.at - killedAt])).toBeLessThan(5_000);
      expectAllHeard(greetings.filter(({ at }) => at < killedAt - 1_000));
      await log.until('the watch goes on', ({ msg }) => msg === 'Kubernetes watch goes on', since);
      await release.rolledOut();
      await listsAreWhole(runner, release);
      await showsActive(namespace, release.ordinals(3), 3);
    },
    240_000,
  );

  it.runIf(isOwnCluster)('goes on while DNS stands still for twenty seconds', async () => {
    const [endVerdicts, endMetrics] = [await verdicts(), await metrics()];
    // By address: what asks for a name can't go on.
    const requests = (await release.pods()).map(({ http }) => broadcast(http, 'greetings'));
    const endGreetings = await runner.load('greetings', { requests, everyMs: 100 });
    await without('dns', 20);
    expectAllHeard(await endGreetings());
    const seen = await endVerdicts();
    expect(seen.filter(({ status }) => status !== 200)).toEqual([]);
    expect(saidBy(seen, /^\[i\]dns failing: kdmq-headless\S*: /m)).toBe(3);
    expect(saidBy(await endMetrics(), /^kdmq_dns_state\{state="failing"\} 1$/m)).toBe(3);
    await allSay('[i]dns answered');
    await listsAreWhole(runner, release);
  });

  it('goes on while its Redis is replaced; no add that was acknowledged is lost', async () => {
    const queue = new QueueProbe(runner, 'work');
    const pods = await release.pods();
    const requests = pods.map(({ http }) => ({ ...queue.addition(http, 'item {n}'), deadlineMs: 30_000 }));
    const endGreetings = await greet();
    const endAdds = await runner.load('adds', { requests, everyMs: 100 });
    const [endVerdicts, endMetrics] = [await verdicts(), await metrics()];
    await goOnFor(2_000);
    await namespace.kubectl('delete', 'pod', 'kdmq-redis-0');
    await namespace.kubectl('rollout', 'status', 'statefulset/kdmq-redis', '--timeout=60s');
    await goOnFor(5_000);
    const adds = await endAdds();
    expect(saidBy(await endVerdicts(), /^\[i\]store failing: redis:\S+: /m)).toBe(3);
    expect(saidBy(await endMetrics(), /^kdmq_store_state\{state="failing"\} 1$/m)).toBe(3);
    await allSay('[i]store answered');
    expectAllHeard(await endGreetings());
    await release.rolledOut();
    for (const { http, name } of pods) {
      const own = adds.filter(({ url }) => url.startsWith(http));
      const acknowledged = own.filter(({ status }) => status === 201).map(({ n }) => `item ${n}`);
      expect(acknowledged.length).toBeGreaterThan(20);
      expect(own.filter(({ status }) => status !== 201 && status !== 503)).toEqual([]);
      const there = await queue.values(pods.find((pod) => pod.name === name)!);
      expect(acknowledged.filter((value) => !there.includes(value))).toEqual([]);
    }
  });
});
