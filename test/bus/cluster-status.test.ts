import { beforeEach, describe, expect, it } from 'vitest';
import type { DmqNode } from '../../src/core/kubernetes/dmq-node.ts';
import { parseNodeUri } from '../../src/core/node-uri.ts';
import { ControlledBus, type ControlledPod, statefulSet } from './controlled-bus.ts';
import { FakeKamailio } from './fake-kamailio.ts';
import { VirtualBus } from './virtual-bus.ts';

let world: ControlledBus;
let bus: VirtualBus;

beforeEach(() => {
  world = new ControlledBus();
  bus = world.bus;
});

/** As `kubectl get dmqnodes` shows it. */
const line = (name: string): string => {
  const node = world.cluster.node(name);
  return node === undefined ? 'none' : `${node.kind} ${node.status.phase} ${node.status.seenBy} ${node.status.version}`;
};
const condition = (name: string, type: string) =>
  world.cluster.node(name)?.status.conditions?.find((one) => one.type === type);
const until = (expected: string, name: string, limit = 5_000): Promise<number> =>
  bus.until(() => line(name) === expected, limit, 50);
const eventsOn = (name: string): string[] =>
  world.cluster.events
    .filter(({ subject }) => subject.name === name)
    .map(({ subject, reason }) => `${subject.kind} ${reason}`);

describe('each node of ours', () => {
  it('has a DmqNode with its pod as the owner, seen by all', async () => {
    await world.addPods(3);
    await until('pod active 3/3 kdmq/test', 'kdmq-2');
    await bus.pass(2_000);
    expect(['kdmq-1', 'kdmq-2', 'kdmq-3'].map(line)).toEqual(new Array(3).fill('pod active 3/3 kdmq/test'));
    expect(world.cluster.owners.get('kdmq-2')).toBe('uid-2');
    expect(condition('kdmq-2', 'Ready')).toMatchObject({ status: 'True', reason: 'Active' });
    expect(condition('kdmq-2', 'Reachable')).toMatchObject({
      status: 'True',
      message: '2 of 2 other nodes get answers',
    });
    expect(condition('kdmq-2', 'SplitView')).toMatchObject({ status: 'False', reason: 'Agreed' });
    expect(world.cluster.node('kdmq-2')?.status).toMatchObject({ activeFor: 3, observers: 3, observedGeneration: 1 });
    for (const name of ['kdmq-1', 'kdmq-2', 'kdmq-3']) expect(eventsOn(name)).toEqual(['Pod Joined', 'DmqNode Joined']);
  });

  it('alone is active for itself', async () => {
    await world.addPods(1);
    await until('pod active 1/1 kdmq/test', 'kdmq-1');
    expect(condition('kdmq-1', 'Reachable')).toMatchObject({ status: 'Unknown', reason: 'NobodyElse' });
  });

  it('is written about only when something changes, and once a minute', async () => {
    await world.addPods(3);
    await bus.pass(10_000);
    const leases = (): number => Number(world.cluster.lease.items.get('lease')?.version);
    const before = world.cluster.writes - leases();
    await bus.pass(600_000);
    // Ten minutes: each of three says its view, and the leader when each was last seen.
    expect(world.cluster.writes - leases() - before).toBeLessThanOrEqual(75);
    const seen = Date.parse(world.cluster.node('kdmq-2')!.status.lastSeen!);
    expect(bus.clock.wallTime() - seen).toBeLessThan(62_000);
  });

  it('that dies without a word is not active for the others, is told of, and goes with its pod', async () => {
    await world.addPods(3);
    await bus.pass(5_000);
    const dead = world.pods.find((pod) => pod !== world.leader())!;
    world.kill(dead);
    world.observe(dead, { ready: false, container: world.ended(dead) });
    await bus.until(() => line(dead.name).startsWith('pod gone 0/2'), 10_000, 50);
    expect(condition(dead.name, 'Ready')).toMatchObject({ status: 'False', reason: 'Gone' });
    expect(eventsOn(dead.name)).toEqual(expect.arrayContaining(['Pod Left', 'DmqNode Left']));
    const lastSeen = Date.parse(world.cluster.node(dead.name)!.status.lastSeen!);
    await bus.pass(120_000);
    // Not deleted by us: Kubernetes does that when the pod goes.
    expect(Date.parse(world.cluster.node(dead.name)!.status.lastSeen!)).toBe(lastSeen);
  });

  it('is left alone where a user has declared a DmqNode of the name of its pod', async () => {
    world.cluster.declare('kdmq-1', parseNodeUri('sip:192.0.2.1:5060')!);
    await world.addPods(2);
    await bus.pass(5_000);
    expect(world.cluster.node('kdmq-1')?.address?.host).toBe('192.0.2.1');
  });
});

describe('two halves that do not reach each other', () => {
  it('are visible as a split after some seconds, told once, and over when they meet again', async () => {
    await world.addPods(4);
    await bus.pass(5_000);
    const isLeft = (text: string): boolean => text.endsWith('.1') || text.endsWith('.2');
    bus.network.connected = (from, to) => isLeft(from.host) === isLeft(to.host);
    await bus.until(() => condition('kdmq-1', 'SplitView')?.status === 'True', 30_000, 100);
    await bus.pass(3_000);
    for (const name of ['kdmq-1', 'kdmq-2', 'kdmq-3', 'kdmq-4']) {
      expect(line(name)).toBe('pod active 2/4 kdmq/test');
      expect(condition(name, 'SplitView')).toMatchObject({
        status: 'True',
        message: 'active for 2 of 4 nodes, and not for the others',
      });
      expect(
        eventsOn(name)
          .filter((event) => event.endsWith('SplitView'))
          .sort(),
      ).toEqual(['DmqNode SplitView', 'Pod SplitView']);
    }
    bus.network.connected = () => true;
    await bus.until(() => line('kdmq-1') === 'pod active 4/4 kdmq/test', 30_000, 100);
    await bus.pass(3_000);
    expect(condition('kdmq-1', 'SplitView')?.status).toBe('False');
  });

  it('the views of a node that nobody reaches, not even as a pod that is ready, do not count', async () => {
    const pods = await world.addPods(3);
    await bus.pass(5_000);
    const frozen = pods.find((pod) => pod !== world.leader())!;
    bus.network.freeze(frozen.node.uri);
    frozen.node.clock.pause();
    world.observe(frozen, { ready: false });
    await bus.pass(15_000);
    const leader = world.leader()!;
    expect(line(leader.name)).toBe('pod active 2/2 kdmq/test');
    expect(line(frozen.name)).toMatch(/^pod (gone|not_active) 0\/2/);
    expect(condition(leader.name, 'SplitView')?.status).toBe('False');
  });
});

describe('a Kamailio on the bus', () => {
  it('gets a DmqNode once it answers, which goes with the release, and is deleted when it is gone for a minute', async () => {
    const kamailio = await new FakeKamailio(bus.network, '10.9.0.1').start();
    bus.dns = () => [kamailio.uri];
    await world.addPods(3);
    await until('external active 3/3 kamailio 5.6.3', 'kdmq-10-9-0-1-5060');
    expect(world.cluster.owners.get('kdmq-10-9-0-1-5060')).toBe(statefulSet.uid);
    bus.dns = () => world.pods.map(({ node }) => node.uri);
    kamailio.kill();
    await bus.until(() => line('kdmq-10-9-0-1-5060').startsWith('external gone 0/3'), 60_000, 100);
    await bus.pass(50_000);
    expect(line('kdmq-10-9-0-1-5060')).not.toBe('none');
    await bus.pass(15_000);
    expect(line('kdmq-10-9-0-1-5060')).toBe('none');
  });

  it('that is a pod has a DmqNode of its name, which goes with the pod', async () => {
    const kamailio = await new FakeKamailio(bus.network, '10.9.0.1').start();
    bus.dns = () => [kamailio.uri];
    const node = { uri: kamailio.uri } as ControlledPod['node'];
    world.observe({ uid: 'uid-k', name: 'kamailio-0', node });
    await world.addPods(2);
    await until('pod active 2/2 kamailio 5.6.3', 'kamailio-0');
    await bus.pass(2_000);
    expect(world.cluster.owners.get('kamailio-0')).toBe('uid-k');
    expect(eventsOn('kamailio-0')).toEqual(expect.arrayContaining(['Pod Joined', 'DmqNode Joined']));
  });

  it('that is a pod whose address Kubernetes tells a moment later gets one DmqNode only', async () => {
    const kamailio = await new FakeKamailio(bus.network, '10.9.0.1').start();
    const pod = { uid: 'uid-k', name: 'kamailio-0', node: { uri: kamailio.uri } as ControlledPod['node'] };
    await world.addPods(2);
    await bus.pass(5_000);
    bus.dns = () => [kamailio.uri];
    await bus.until(() => world.activeAt(world.pods[0]!).includes('10.9.0.1'), 10_000);
    await bus.pass(800, 100);
    world.observe(pod);
    await until('pod active 2/2 kamailio 5.6.3', 'kamailio-0');
    await bus.pass(2_000);
    kamailio.kill();
    world.cluster.pods.delete('uid-k');
    await bus.pass(2_000);
    expect(world.cluster.events.filter(({ subject }) => subject.name.startsWith('kdmq-10'))).toEqual([]);
    expect(eventsOn('kamailio-0')).toEqual(['Pod Joined', 'DmqNode Joined', 'Pod Left', 'DmqNode Left']);
  });

  it('that was declared keeps the DmqNode of its user, with a status', async () => {
    const kamailio = await new FakeKamailio(bus.network, '10.9.0.1').start();
    await world.addPods(2);
    world.cluster.declare('edge', kamailio.uri);
    await until('external active 2/2 kamailio 5.6.3', 'edge');
    expect([...world.cluster.observed.items.keys()].sort()).toEqual(['kdmq-1', 'kdmq-2']);
  });

  it('in a pod whose name a user has given to another DmqNode gets one by its address, and the user keeps what is declared', async () => {
    const outside = await new FakeKamailio(bus.network, '10.9.0.9').start();
    const inside = await new FakeKamailio(bus.network, '10.9.0.1').start();
    await world.addPods(2);
    world.cluster.declare('kamailio-0', outside.uri);
    await until('external active 2/2 kamailio 5.6.3', 'kamailio-0');
    bus.dns = () => [inside.uri];
    world.observe({ uid: 'uid-k', name: 'kamailio-0', node: { uri: inside.uri } as ControlledPod['node'] });
    await until('pod active 2/2 kamailio 5.6.3', 'kdmq-10-9-0-1-5060');
    await bus.pass(10_000);
    expect(world.cluster.node('kamailio-0')).toMatchObject({ address: outside.uri, kind: 'external', observed: false });
    expect(world.cluster.owners.get('kamailio-0')).toBeUndefined();
    expect(world.cluster.owners.get('kdmq-10-9-0-1-5060')).toBe('uid-k');
    for (const pod of world.pods) expect(world.activeAt(pod)).toEqual(expect.arrayContaining(['10.9.0.1', '10.9.0.9']));
  });

  it('beside another one in its pod has a DmqNode of its own, and nothing is written again and again', async () => {
    const kamailios = [5060, 5070].map((port) => new FakeKamailio(bus.network, '10.9.0.1', { port }));
    for (const kamailio of kamailios) await kamailio.start();
    bus.dns = () => kamailios.map(({ uri }) => uri);
    world.observe({ uid: 'uid-k', name: 'kamailio-0', node: { uri: kamailios[0]!.uri } as ControlledPod['node'] });
    await world.addPods(2);
    await until('pod active 2/2 kamailio 5.6.3', 'kamailio-0');
    await bus.pass(3_000);
    const held = (): string[] =>
      [...world.cluster.observed.items.values()]
        .filter(({ address }) => address.host === '10.9.0.1')
        .map(({ name, kind, address }) => `${name} ${kind} ${address.port}`)
        .sort();
    const before = held();
    expect(before).toHaveLength(2);
    expect(before.map((text) => text.split(' ').at(-1)).sort()).toEqual(['5060', '5070']);
    expect(before[0]).toMatch(/^kamailio-0 pod /);
    expect(before[1]).toMatch(/^kdmq-10-9-0-1-50[67]0 pod /);
    const written = world.cluster.nodeWrites;
    await bus.pass(30_000);
    expect(world.cluster.nodeWrites).toBe(written);
    expect(held()).toEqual(before);
  });

  it('in a pod of kdmq leaves the name of the pod to the kdmq', async () => {
    const sidecar = await new FakeKamailio(bus.network, VirtualBus.uri(1).host, { port: 5070 }).start();
    bus.dns = () => [sidecar.uri];
    await world.addPods(2);
    const [first] = world.pods;
    await until('pod active 2/2 kamailio 5.6.3', `kdmq-${sidecar.uri.host.replaceAll('.', '-')}-5070`);
    await bus.pass(30_000);
    expect(world.cluster.node('kdmq-1')?.address).toEqual(first!.node.uri);
    expect(line('kdmq-1')).toBe('pod active 2/2 kdmq/test');
  });

  it('that was observed first and then declared has one DmqNode: the declared one', async () => {
    const kamailio = await new FakeKamailio(bus.network, '10.9.0.1').start();
    bus.dns = () => [kamailio.uri];
    await world.addPods(2);
    await until('external active 2/2 kamailio 5.6.3', 'kdmq-10-9-0-1-5060');
    world.cluster.declare('edge', kamailio.uri);
    await bus.pass(3_000);
    expect(line('kdmq-10-9-0-1-5060')).toBe('none');
    expect(line('edge')).toBe('external active 2/2 kamailio 5.6.3');
  });

  it('gets none when there are as many as the limit allows; that is said once', async () => {
    const kamailios = [1, 2, 3, 4].map((index) => new FakeKamailio(bus.network, `10.9.0.${index}`));
    for (const kamailio of kamailios) await kamailio.start();
    bus.dns = () => kamailios.map(({ uri }) => uri);
    for (const index of [1, 2]) await world.addPod(index, 4);
    await bus.pass(10_000);
    expect(world.cluster.observed.items.size).toBe(4);
    const said = world.pods.flatMap(({ node }) => node.log.messages('warn')).filter((text) => text.includes('limit'));
    expect(said).toHaveLength(1);
  });
});

describe('a pod that is gone', () => {
  it('gets no DmqNode because of what others said of it a moment ago', async () => {
    await world.addPods(4);
    await bus.pass(5_000);
    const leader = world.leader()!;
    for (const pod of world.pods.filter((one) => one !== leader).slice(0, 2)) {
      world.kill(pod);
      world.cluster.pods.delete(pod.uid);
      world.cluster.observed.delete(pod.name);
      await bus.pass(3_000, 100);
    }
    expect([...world.cluster.observed.items.keys()].sort()).toEqual(world.pods.map(({ name }) => name).sort());
  });
});

describe('a declared address where nobody is', () => {
  it('is gone for all', async () => {
    await world.addPods(2);
    world.cluster.declare('edge', parseNodeUri('sip:192.0.2.1:5060')!);
    await bus.until(() => line('edge').startsWith('external gone 0/2'), 5_000, 50);
    expect(condition('edge', 'Reachable')).toMatchObject({ status: 'False', reason: 'Silent' });
    expect(world.cluster.node('edge')?.status.lastSeen).toBeUndefined();
  });
});

describe('a declared DmqNode without an address that can be read', () => {
  it('says so in its status and brings nobody in; put right it is a node', async () => {
    const kamailio = await new FakeKamailio(bus.network, '10.9.0.1').start();
    await world.addPods(2);
    world.cluster.misdeclare('edge', 'sip:999.1.1.1:5060');
    await bus.until(() => line('edge') === 'external gone 0/2 ', 5_000, 50);
    const message =
      '"sip:999.1.1.1:5060" is not a SIP URI with an IP address and a port up to 65535, such as sip:192.0.2.10:5060 or sip:[2001:db8::10]:5061;transport=tls';
    expect(condition('edge', 'Ready')).toMatchObject({
      status: 'False',
      reason: 'InvalidAddress',
      message,
      observedGeneration: 1,
    });
    expect(condition('edge', 'Reachable')).toMatchObject({ status: 'Unknown', reason: 'InvalidAddress' });
    const written = world.cluster.writes - Number(world.cluster.lease.items.get('lease')?.version);
    await bus.pass(10_000);
    expect(world.cluster.writes - Number(world.cluster.lease.items.get('lease')?.version)).toBe(written);
    world.cluster.declare('edge', kamailio.uri);
    await until('external active 2/2 kamailio 5.6.3', 'edge');
    expect(condition('edge', 'Ready')).toMatchObject({ status: 'True' });
  });

  it('is in the log of every node once, and again when it is changed and still wrong', async () => {
    await world.addPods(2);
    const said = (): unknown[] =>
      world.pods.flatMap(({ node }) =>
        node.log.lines.filter(({ message }) => message.includes('DmqNode')).map(({ fields }) => fields.problem),
      );
    world.cluster.misdeclare('edge', 'sip:192.0.2.1:99999');
    await bus.pass(90_000);
    expect(said()).toEqual(new Array(2).fill(expect.stringMatching(/^"sip:192\.0\.2\.1:99999" is not a SIP URI/)));
    world.cluster.misdeclare('edge', 'sip:192.0.2.1:0');
    await bus.pass(1_000);
    expect(said()).toHaveLength(4);
  });

  it('that had one before takes its node out of the bus', async () => {
    const kamailio = await new FakeKamailio(bus.network, '10.9.0.1').start();
    await world.addPods(2);
    world.cluster.declare('edge', kamailio.uri);
    await until('external active 2/2 kamailio 5.6.3', 'edge');
    world.cluster.misdeclare('edge', 'sip:10.9.0.01:5060');
    await bus.until(() => world.pods.every((pod) => !world.activeAt(pod).includes('10.9.0.1')), 2_000);
  });
});

describe('the leader', () => {
  it('is followed by another one that goes on where it stopped', async () => {
    await world.addPods(3);
    await bus.pass(5_000);
    const first = world.leader()!;
    world.kill(first);
    world.cluster.pods.delete(first.uid);
    const rest = world.pods.map(({ name }) => name);
    const before = world.cluster.events.length;
    await bus.until(() => world.leader() !== undefined, 5_000);
    await bus.until(() => rest.every((name) => line(name) === 'pod active 2/2 kdmq/test'), 5_000, 50);
    await bus.pass(3_000);
    // That the leader itself is gone is told by the next one, and nothing twice.
    const told = world.cluster.events
      .slice(before)
      .map(({ subject, reason }) => `${subject.kind} ${subject.name} ${reason}`);
    expect(told).toEqual([`Pod ${first.name} Left`, `DmqNode ${first.name} Left`]);
    expect(world.pods.filter(({ controller }) => controller.view().leader)).toHaveLength(1);
    expect(world.pods.map(({ controller }) => controller.view().holder)).toEqual(
      new Array(2).fill(expect.stringMatching(new RegExp(`^${world.leader()!.name}_`))),
    );
  });

  it('tells what happened again in the Event that is there', async () => {
    await world.addPods(3);
    await bus.pass(5_000);
    const other = world.pods.find((pod) => pod !== world.leader())!;
    for (let round = 0; round < 3; round++) {
      bus.network.freeze(other.node.uri);
      other.node.clock.pause();
      await bus.pass(8_000, 100);
      other.node.clock.resume();
      bus.network.thaw(other.node.uri);
      await bus.pass(20_000, 100);
    }
    const left = world.cluster.events.filter(({ subject, reason }) => subject.kind === 'Pod' && reason === 'Left');
    expect(left.map(({ count, type }) => ({ count, type }))).toEqual([{ count: 3, type: 'Warning' }]);
    const back = world.cluster.events.filter(({ subject, reason }) => subject.kind === 'Pod' && reason === 'Rejoined');
    expect(back.map(({ count }) => count)).toEqual([3]);
  });
});

describe('a thousand observers', () => {
  it('are counted without holding up the event loop', async () => {
    const { nodeStatus, indexView } = await import('../../src/core/kubernetes/bus-status.ts');
    const addresses = Array.from({ length: 300 }, (_, index) => `sip:10.0.${index >> 8}.${index & 255}:5060`);
    const views = addresses.map((_, index) =>
      indexView({ instance: `i${index}`, software: '', active: addresses, suspected: [], notActive: [], time: '' }),
    );
    const sight = { views, record: () => undefined, now: 0, wallTime: 0, refreshMs: 60_000 };
    const nodes = addresses.map(
      (address, index): DmqNode => ({
        name: `n${index}`,
        uid: `u${index}`,
        generation: 1,
        observed: true,
        address: parseNodeUri(address)!,
        kind: 'pod',
        bus: 'kdmq',
        status: {},
        view: undefined,
      }),
    );
    const start = performance.now();
    for (const node of nodes) expect(nodeStatus(node, sight)?.status.seenBy).toBe('300/300');
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
