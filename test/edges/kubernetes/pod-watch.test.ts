import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ResourceWatch } from '../../../src/bus/kubernetes/resource-watch.ts';
import type { ObservedPod } from '../../../src/core/kubernetes/observed-pod.ts';
import { kubernetesCluster } from '../../../src/edges/kubernetes/kubernetes-cluster.ts';
import { SystemClock } from '../../../src/edges/system/system-clock.ts';
import { SystemRandom } from '../../../src/edges/system/system-random.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import { MemoryCounters } from '../../fakes/memory-counters.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { ApiServer, type SeenRequest } from './api-server.ts';

const pods = '/api/v1/namespaces/default/pods';

let server: ApiServer;
let cluster: Cluster;
let watch: ResourceWatch<ObservedPod>;
let counters: MemoryCounters;
/** For a thousandth of the time only is waited where it would be more than a minute. */
let isInHurry = false;
const held = new Map<string, ObservedPod>();

const podObject = (name: string, ip = '10.0.0.2') => ({
  metadata: { name, uid: `uid-${name}`, labels: { app: 'kdmq' } },
  spec: { containers: [{ name: 'kdmq', ports: [] }] },
  status: { phase: 'Running', podIPs: [{ ip }] },
});
const names = (): string[] => [...held.values()].map(({ name }) => name).sort();
const knows = (...expected: string[]): Promise<unknown> =>
  vi.waitFor(() => expect(names()).toEqual(expected), { timeout: 8_000, interval: 5 });
const isWatching = (): Promise<unknown> =>
  vi.waitFor(() => expect(server.watches).toBe(1), { timeout: 8_000, interval: 5 });
const lists = (): SeenRequest[] => server.requests.filter(({ query }) => query.get('watch') === null);

beforeEach(async () => {
  server = await new ApiServer().start();
  held.clear();
  counters = new MemoryCounters();
  isInHurry = false;
  const system = new SystemClock();
  const clock: Clock = {
    now: () => system.now(),
    wallTime: () => system.wallTime(),
    after: (delayMs, run) => system.after(isInHurry && delayMs > 60_000 ? delayMs / 1_000 : delayMs, run),
  };
  const random = new SystemRandom();
  const made = await kubernetesCluster({
    namespace: undefined,
    podName: 'kdmq-0',
    podSelector: 'app=kdmq',
    headlessService: undefined,
    leaseName: 'kdmq',
    clock,
    random,
    environment: server.environment,
    pathPrefix: server.pathPrefix,
  });
  if (typeof made === 'string') throw new Error(made);
  cluster = made;
  watch = new ResourceWatch({
    name: 'pods',
    source: cluster.pods!,
    clock,
    random,
    log: new MemoryLog(),
    counters,
    replaced: (items) => {
      held.clear();
      for (const pod of items) held.set(pod.uid, pod);
    },
    happened: ({ kind, item }) => {
      if (kind === 'removed') held.delete(item.uid);
      else held.set(item.uid, item);
    },
  });
});
afterEach(async () => {
  watch.stop();
  await cluster.close();
  await server.stop();
});

const begin = async (): Promise<void> => {
  server.put(pods, podObject('a'));
  watch.start();
  await knows('a');
  await isWatching();
};

/** Something breaks, a pod is deleted and another one made meanwhile; returns after how long both are known. */
async function inStepAfter(breakIt: () => unknown, mendIt: () => unknown = () => {}): Promise<number> {
  await breakIt();
  server.delete(pods, 'a');
  server.put(pods, podObject('b'));
  await mendIt();
  const since = performance.now();
  await knows('b');
  return performance.now() - since;
}

describe('the watch of pods', () => {
  it('reads what there is, and hears of changes within some milliseconds', async () => {
    await begin();
    const since = performance.now();
    server.put(pods, podObject('b'));
    server.delete(pods, 'a');
    await knows('b');
    expect(performance.now() - since).toBeLessThan(300);
    const [list, watched] = server.requests;
    expect(list).toMatchObject({ path: pods, token: 'first' });
    expect(list!.query.get('labelSelector')).toBe('app=kdmq');
    expect(Number(watched!.query.get('timeoutSeconds'))).toBeGreaterThanOrEqual(300);
    expect(watched!.query.get('resourceVersion')).toMatch(/^\d+$/);
  });

  it('reads 350 pods in pages', async () => {
    for (let index = 0; index < 350; index++) server.put(pods, podObject(`p${index}`));
    watch.start();
    await vi.waitFor(() => expect(held.size).toBe(350), { timeout: 5_000, interval: 5 });
    expect(lists().map(({ query }) => query.get('continue'))).toEqual([null, '100', '200', '300']);
  });

  it.each<[string, () => unknown, (() => unknown)?]>([
    ['the connection is cut', () => server.cut()],
    ['the server says that it ends (GOAWAY) and leaves the watch open', () => server.announceEnd()],
    ['the watch ends by itself', () => server.endWatches()],
    ['the version is too old (410)', () => server.expire()],
    ['the server was away', () => server.unplug(), () => server.plug()],
  ])('is in step again within a second after %s', async (_what, breakIt, mendIt) => {
    await begin();
    expect(await inStepAfter(breakIt, mendIt)).toBeLessThan(1_500);
    await isWatching();
  });

  it('notices a connection that is half open, or a frozen server, within about a second', async () => {
    await begin();
    server.dead = true;
    const since = performance.now();
    await vi.waitFor(() => expect(counters.value('kubernetes_watch_ends', 'pods_unreachable')).toBeGreaterThan(0), {
      timeout: 5_000,
      interval: 5,
    });
    expect(performance.now() - since).toBeLessThan(1_900);
    await vi.waitFor(() => expect(watch.state.phase).toBe('unreachable'), { timeout: 5_000 });
    expect(names()).toEqual(['a']);
    server.dead = false;
    // New connections while it was dead had lost their first bytes: they are given up after 1.5 s at the latest.
    await vi.waitFor(() => expect(watch.state.phase).toBe('watching'), { timeout: 5_000 });
    await inStepAfter(() => {});
  });

  it('is ended and begun anew when the server that should end it hangs behind a proxy that answers PINGs', async () => {
    isInHurry = true;
    await begin();
    const since = performance.now();
    server.isStuck = true;
    server.delete(pods, 'a');
    server.put(pods, podObject('b'));
    await vi.waitFor(() => expect(watch.state.phase).toBe('unreachable'), { timeout: 8_000, interval: 5 });
    // After the watch, a list that is not answered.
    expect(performance.now() - since).toBeGreaterThan(5_000);
    server.isStuck = false;
    await knows('b');
  });

  it('waits for no watch that is not begun longer than 5 s', async () => {
    server.ignores = ({ query }) => query.get('watch') === '1';
    server.put(pods, podObject('a'));
    watch.start();
    await knows('a');
    await vi.waitFor(() => expect(counters.value('kubernetes_watch_ends', 'pods_unreachable')).toBe(1), {
      timeout: 8_000,
      interval: 5,
    });
    server.ignores = () => false;
    await inStepAfter(() => {});
  });

  it('waits for no list that is not answered longer than 5 s', async () => {
    server.isStuck = true;
    watch.start();
    await vi.waitFor(() => expect(watch.state.phase).toBe('unreachable'), { timeout: 8_000 });
    server.isStuck = false;
    server.put(pods, podObject('a'));
    await knows('a');
  });

  it('leaves a server alone that asks for it (429)', async () => {
    server.refuse = () => ({ status: 429, reason: 'TooManyRequests', headers: { 'retry-after': '2' } });
    const since = performance.now();
    watch.start();
    await vi.waitFor(() => expect(lists()).toHaveLength(1), { timeout: 5_000 });
    server.refuse = () => undefined;
    server.put(pods, podObject('a'));
    await knows('a');
    expect(performance.now() - since).toBeGreaterThan(2_000);
  });

  it('reads the token anew when it is not taken any more (401)', async () => {
    await begin();
    server.refuse = ({ token }) => (token === 'second' ? undefined : { status: 401, reason: 'Unauthorized' });
    server.cut();
    await vi.waitFor(() => expect(watch.state.detail).toContain('401'), { timeout: 5_000 });
    server.giveToken('second');
    await inStepAfter(() => {});
    expect(server.requests.at(-1)?.token).toBe('second');
  });

  it('goes on when the cluster has another authority', async () => {
    await begin();
    expect(await inStepAfter(() => server.changeAuthority())).toBeLessThan(1_500);
    await isWatching();
  });

  it.each([
    [403, 'Forbidden', 'forbidden'],
    [404, 'NotFound', 'absent'],
  ] as const)('is visibly off after %i', async (status, reason, phase) => {
    server.refuse = () => ({ status, reason });
    watch.start();
    await vi.waitFor(() => expect(watch.state.phase).toBe(phase), { timeout: 5_000 });
    expect(watch.state.detail).toContain(`${status} refused: ${reason}`);
    expect(watch.state.detail).not.toContain('first');
  });

  it('holds several watches on one connection, and ends them with the node', async () => {
    await begin();
    const stop = new AbortController();
    const second = cluster.lease.watch('1', () => {}, stop.signal);
    await vi.waitFor(() => expect(server.watches).toBe(2), { timeout: 5_000 });
    stop.abort();
    await expect(second).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await isWatching();
    await cluster.close();
    await vi.waitFor(() => expect(server.watches).toBe(0), { timeout: 5_000 });
    await expect(cluster.lease.list(new AbortController().signal)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});
