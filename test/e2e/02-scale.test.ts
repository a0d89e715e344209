import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestNamespace } from '../cluster/test-namespace.ts';
import { broadcast, sentTo } from './broadcasts.ts';
import { listsAreWhole, showsActive } from './bus.ts';
import { allSeeAllAfter, measured, outEverywhereAfter, seenEverywhereAfter } from './bus-times.ts';
import { PodLog } from './pod-log.ts';
import { QueueProbe } from './queue-probe.ts';
import { Release } from './release.ts';
import type { Loaded } from './runner/steady-load.ts';
import { Runner } from './runner.ts';

const channel = 'greetings';
const settings = {
  mqueue: { work: { durability: 'always' }, greetings: {} },
  bindings: [{ channel, queue: 'greetings' }],
};

describe('a release that is scaled while it broadcasts twenty times a second', () => {
  let namespace: TestNamespace;
  let release: Release;
  let runner: Runner;
  let queue: QueueProbe;
  let stopLoad: () => Promise<Loaded[]>;
  const logs = new Map<string, PodLog>();
  /** When nodes said goodbye, by their address. */
  const goodbyes: { uri: string; at: number }[] = [];
  const itemsOf = (name: string): string[] => ['first', 'second', 'third'].map((value) => `${value} of ${name}`);

  beforeAll(async () => {
    namespace = await TestNamespace.create('scale');
    release = await Release.install({ namespace, values: { config: settings } });
    runner = await Runner.start(namespace);
    queue = new QueueProbe(runner, 'work');
    await release.rolledOut();
    await follow(release.ordinals(3));
    // Sent from whichever node the service leads to.
    stopLoad = await runner.load('broadcasts', { requests: [broadcast('http://kdmq:8080', channel)], everyMs: 50 });
  });
  afterAll(async () => {
    await Promise.all([...logs.values()].map((log) => log[Symbol.asyncDispose]()));
    await namespace[Symbol.asyncDispose]();
  });

  async function follow(names: readonly string[]): Promise<PodLog[]> {
    const followed = await Promise.all(names.map((name) => PodLog.follow(namespace.name, name)));
    for (const log of followed) logs.set(log.name, log);
    return followed;
  }

  const logsOf = (names: readonly string[]): PodLog[] => names.map((name) => logs.get(name)!);

  /** Scales up, and holds the milliseconds from when the last new process listened until everybody lists everybody against the bar. */
  async function scaleUp(from: number, to: number, barMs: number): Promise<void> {
    await release.scale(to);
    await release.rolledOut();
    const newcomers = await follow(release.ordinals(to).slice(from));
    const others = (log: PodLog): PodLog[] => logsOf(release.ordinals(to).filter((name) => name !== log.name));
    const each = await Promise.all(newcomers.map((log) => seenEverywhereAfter(log, others(log))));
    measured(`scaled ${from} → ${to} under load: each process listens → it and the others list one another`, each);
    const time = await allSeeAllAfter(logsOf(release.ordinals(to)));
    await listsAreWhole(runner, release);
    expect
      .soft(measured(`scaled ${from} → ${to} under load: the last one listens → all see all`, [time]))
      .toBeLessThan(barMs);
  }

  /** Milliseconds from each goodbye until nobody who stays lists that node as active. */
  async function scaleDown(from: number, to: number): Promise<number[]> {
    const leaving = release.ordinals(from).slice(to);
    const staying = logsOf(release.ordinals(to));
    const pods = await Promise.all(leaving.map((name) => release.pod(name)));
    const since = Date.now();
    await release.scale(to);
    const times = pods.map(async ({ name, uri }) => {
      const { at } = await logs.get(name)!.until('stopping', ({ msg }) => msg === 'stopping', since);
      goodbyes.push({ uri, at });
      return await outEverywhereAfter(uri, staying, at);
    });
    await release.gone(leaving);
    return await Promise.all(times);
  }

  // A second on machines with a core for each process that starts. Five start on two cores here, beside the load.
  const fiveOnTwoCoresMs = 2_500;

  it('3 → 8: every list is right soon after the last process listens', async () => {
    await scaleUp(3, 8, fiveOnTwoCoresMs);
    for (const pod of await release.pods()) await queue.add(pod, itemsOf(pod.name));
  });

  it('8 → 2: every list is right within a second of a goodbye', async () => {
    const times = await scaleDown(8, 2);
    measured('scaled 8 → 2 under load: goodbye → out of every list', times);
    expect(Math.max(...times)).toBeLessThan(1_000);
    await listsAreWhole(runner, release);
    await showsActive(namespace, release.ordinals(2), 2);
  });

  it('2 → 0 → 3: the lists are right within two seconds, and the queues of each ordinal come back from Redis, with contents and order', async () => {
    await scaleDown(2, 0);
    await scaleUp(0, 3, 2_000);
    for (const pod of await release.pods()) expect(await queue.values(pod)).toEqual(itemsOf(pod.name));
  });

  it('3 → 8: the lists are right as soon as before, and the queues that had been away longest come back too', async () => {
    await scaleUp(3, 8, fiveOnTwoCoresMs);
    for (const pod of await release.pods()) expect(await queue.values(pod)).toEqual(itemsOf(pod.name));
  });

  it('no message went to a node that had said goodbye', async () => {
    const sent = sentTo(await stopLoad());
    expect(sent.length).toBeGreaterThan(300);
    // What was on its way at the goodbye is answered; a tenth of a second later nothing is on its way any more.
    const late = goodbyes.flatMap(({ uri, at }) => sent.filter((one) => one.node === uri && one.at > at + 100));
    // A node that has stopped itself, which HTTP still reached in its last moments, sends nothing and says so.
    expect(late.filter(({ reason }) => reason !== 'the transport is not running')).toEqual([]);
    // 503 says a node that stops; `stopped`, that the sender itself does.
    expect(sent.filter(({ code, error }) => code !== 202 && code !== 503 && error !== 'stopped')).toEqual([]);
  });
});
