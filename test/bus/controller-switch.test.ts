import { describe, expect, it } from 'vitest';
import { ControllerSwitch } from '../../src/bus/controller-switch.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { MemoryCluster } from '../fakes/memory-cluster.ts';
import { SeededRandom } from '../fakes/seeded-random.ts';
import { VirtualBus } from './virtual-bus.ts';

async function switchFor(connect: () => Promise<Cluster | string>, pod?: { name: string; uid: string }) {
  const virtual = new VirtualBus();
  virtual.dns = () => [VirtualBus.uri(1)];
  const { bus, log, counters, clock } = await virtual.add(VirtualBus.uri(1));
  const random = new SeededRandom();
  const options = { bus, clock, random, log, counters, busName: 'kdmq', observedLimit: 500, pod, connect };
  return { controller: new ControllerSwitch(options), log, virtual };
}

describe('the controller', () => {
  it('is off where there is no cluster, and says why', async () => {
    const { controller, virtual, log } = await switchFor(async () => 'not in a Kubernetes cluster');
    expect(controller.view()).toMatchObject({ state: 'off', detail: 'not started' });
    controller.start();
    await virtual.pass(1_000);
    expect(controller.view()).toEqual({
      state: 'off',
      detail: 'not in a Kubernetes cluster',
      forMs: 0,
      watches: [],
      leader: false,
      holder: '',
    });
    expect(log.messages('warn')).toEqual([]);
    await controller.stop();
  });

  it('is off where the node does not know its pod, and warns', async () => {
    const { controller, virtual, log } = await switchFor(async () => new MemoryCluster().connection());
    controller.start();
    await virtual.pass(1_000);
    expect(controller.view().state).toBe('off');
    expect(controller.view().detail).toMatch(/^pod_name and pod_uid are not set/);
    expect(log.messages('warn')).toEqual(['the Kubernetes controller stays off']);
  });

  it('runs in a cluster', async () => {
    const cluster = new MemoryCluster();
    const { controller, virtual } = await switchFor(async () => cluster.connection(), { name: 'kdmq-0', uid: 'u' });
    controller.start();
    await virtual.pass(3_500);
    expect(controller.view()).toMatchObject({ state: 'watching', leader: true });
    expect(cluster.node('kdmq-0')?.address?.host).toBe('10.0.0.1');
    await controller.stop();
    expect(cluster.lease.items.get('lease')?.holder).toBe('');
    expect(cluster.pods.watchers + cluster.declared.watchers + cluster.observed.watchers).toBe(0);
  });

  it('that is stopped while it looks for a cluster never begins', async () => {
    const cluster = new MemoryCluster();
    let found: (cluster: Cluster) => void = () => {};
    const looking = new Promise<Cluster>((resolve) => {
      found = resolve;
    });
    const { controller, virtual } = await switchFor(() => looking, { name: 'kdmq-0', uid: 'u' });
    controller.start();
    const stopped = controller.stop();
    found(cluster.connection());
    await virtual.pass(1_000);
    await stopped;
    expect(cluster.pods.lists).toBe(0);
  });
});
