import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { TestNamespace } from '../cluster/test-namespace.ts';
import { broadcast, sentTo } from './broadcasts.ts';
import { listsAreWhole, showsActive } from './bus.ts';
import { imageParts, image as today } from './image.ts';
import { previous, previousIsThere } from './previous-version.ts';
import { QueueProbe } from './queue-probe.ts';
import { Release, type ReleaseOptions, todaysChart } from './release.ts';
import { Runner } from './runner.ts';

const config = {
  mqueue: { work: { durability: 'always' }, greetings: { size: 100 } },
  bindings: [{ channel: 'greetings', queue: 'greetings' }],
};

describe('a release of three nodes, with broadcasts and adds to a queue all the time,', () => {
  let namespace: TestNamespace;
  let release: Release;
  let runner: Runner;
  let queue: QueueProbe;

  beforeAll(previousIsThere, 250_000);
  beforeEach(async () => {
    namespace = await TestNamespace.create('upgrade');
  });
  afterEach(() => namespace[Symbol.asyncDispose]());

  async function install(options: Omit<ReleaseOptions, 'namespace'>): Promise<void> {
    release = await Release.install({ namespace, ...options });
    runner = await Runner.start(namespace);
    queue = new QueueProbe(runner, 'work');
    await release.rolledOut();
    await listsAreWhole(runner, release);
  }

  /**
   * Does something under load: through the service, as clients do. No acknowledged item is lost, and no node of the bus
   * gets another answer from another one than 202, or 503 with Retry-After from one that stops. `olderNodes`: some run an image
   * that says no Retry-After.
   */
  async function underLoad(
    deed: () => Promise<void>,
    { olderNodes = false } = {},
  ): Promise<{ readonly refused: number }> {
    const http = 'http://kdmq:8080';
    const endAdds = await runner.load('adds', { requests: [queue.addition(http, '{n}')], everyMs: 50 });
    const endGreetings = await runner.load('greetings', { requests: [broadcast(http, 'greetings')], everyMs: 50 });
    await deed();
    await listsAreWhole(runner, release);
    const [adds, greetings] = [await endAdds(), await endGreetings()];
    const acknowledged = adds.filter(({ status }) => status === 201).map(({ n }) => String(n));
    const there = new Set((await Promise.all((await release.pods()).map((pod) => queue.values(pod)))).flat());
    expect(acknowledged.length).toBeGreaterThan(100);
    expect(acknowledged.filter((value) => !there.has(value))).toEqual([]);
    // A pod that ends may refuse a connection until the service knows.
    expect(adds.filter(({ status }) => ![201, 503, 0].includes(status))).toEqual([]);
    expect(adds.filter(({ status, retryAfter }) => status === 503 && retryAfter === undefined)).toEqual([]);
    const sent = sentTo(greetings);
    expect(sent.length).toBeGreaterThan(200);
    const answered = sent.filter(({ error }) => error === undefined);
    expect(answered.filter(({ code }) => code !== 202 && code !== 503)).toEqual([]);
    const busy = answered.filter(({ code }) => code === 503);
    if (!olderNodes) expect(busy.filter(({ retryAfter }) => retryAfter === undefined)).toEqual([]);
    // `stopped`: the sender itself was stopping.
    const silent = sent.filter(({ error }) => error !== undefined && error !== 'stopped');
    expect(silent.length / sent.length, JSON.stringify(silent)).toBeLessThan(0.01);
    const refused = [...adds, ...greetings].filter(({ status }) => status === 0);
    console.log(
      `seen: ${silent.length} of ${sent.length} messages without an answer, ${refused.length} of ${adds.length + greetings.length} HTTP requests refused`,
    );
    return { refused: refused.length };
  }

  it('is upgraded by a changed setting, one pod after another, and refuses no client when pods wait before they stop', async () => {
    await install({ values: { config, preStopSleepSeconds: 3 } });
    const before = await release.pods();
    const { refused } = await underLoad(async () => {
      await release.upgrade({ config: { ...config, ping_interval: 9 } });
      await release.rolledOut();
    });
    expect(refused).toBe(0);
    const after = await release.pods();
    expect(after.map(({ uid }) => before.some((pod) => pod.uid === uid))).toEqual([false, false, false]);
    const [seen] = await runner.exchange([{ url: `${after[0]?.http}/api/v1/config` }]);
    expect(seen?.body).toMatch(/"ping_interval".{0,40}\b9\b/s);
  });

  it.runIf(previous !== undefined)(
    'goes from an older chart and image to this one, half way and back, and then wholly',
    async () => {
      const older = { chart: previous!.chart, values: { config, image: imageParts(previous!.image) } };
      const mixed = { olderNodes: true };
      await install(older);
      await underLoad(async () => {
        const half = { type: 'RollingUpdate', rollingUpdate: { partition: 1 } };
        await release.upgrade({ image: imageParts(today), updateStrategy: half }, await todaysChart());
        await release.rolledOut();
        await imagesAre([previous!.image, today, today]);
        await listsAreWhole(runner, release);
        await showsActive(namespace, release.ordinals(3), 3);
      }, mixed);
      await underLoad(async () => {
        await release.rollback();
        await imagesAre([previous!.image, previous!.image, previous!.image]);
      }, mixed);
      await underLoad(async () => {
        await release.upgrade(
          { image: imageParts(today), updateStrategy: { type: 'RollingUpdate' } },
          await todaysChart(),
        );
        await release.rolledOut();
        await imagesAre([today, today, today]);
      }, mixed);
    },
    300_000,
  );

  /** Waits until the pods run these images, by ordinal, and are ready: the status of a rollout that is taken back is not to be trusted. */
  async function imagesAre(images: readonly string[]): Promise<void> {
    const path = '{range .items[*]}{.spec.containers[0].image} {.status.containerStatuses[0].ready}{"\\n"}{end}';
    const wanted = images.map((image) => `${image} true`);
    await vi.waitFor(
      async () => {
        const text = await namespace.kubectl('get', 'pods', '--selector', 'kdmq.dev/bus', '-o', `jsonpath=${path}`);
        expect(text.trim().split('\n')).toEqual(wanted);
      },
      { timeout: 90_000, interval: 500 },
    );
  }
});
