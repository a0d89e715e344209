import { beforeEach, describe, expect, it } from 'vitest';
import { parseNodeUri } from '../../src/core/node-uri.ts';
import { decodeText } from '../../src/core/text.ts';
import type { ReplyContent } from '../../src/ports/sip-transport.ts';
import { ControlledBus, type ControlledPod } from './controlled-bus.ts';
import { FakeKamailio } from './fake-kamailio.ts';
import { requestOf } from './recorded-transport.ts';
import { VirtualBus } from './virtual-bus.ts';

let world: ControlledBus;
let bus: VirtualBus;

beforeEach(() => {
  world = new ControlledBus();
  bus = world.bus;
});

const host = (index: number): string => VirtualBus.uri(index).host;

describe('pods that Kubernetes names', () => {
  it('find one another within some milliseconds, though DNS is away', async () => {
    for (let index = 1; index <= 5; index++) await world.addPod(index);
    expect(await bus.until(() => bus.allSeeAll(), 3_000)).toBeLessThanOrEqual(100);
    const sixth = await world.addPod(6);
    expect(await bus.until(() => bus.allSeeAll(), 3_000)).toBeLessThanOrEqual(100);
    expect(sixth.controller.view()).toMatchObject({ state: 'watching', detail: '' });
  });

  it('are no strangers, whatever the admission', async () => {
    const [first] = await world.addPods(2);
    const replies: ReplyContent[] = [];
    const from = (address: string): void =>
      first!.node.bus.dispatcher.receive(requestOf('chat', { from: address }), (reply) => replies.push(reply));
    world.cluster.slices.set({ name: 'slice', endpoints: [{ host: '45.0.0.9', ports: [], terminating: false }] });
    await bus.pass(1_000);
    from('45.0.0.9');
    from('45.0.0.10');
    expect(replies.map(({ code }) => code)).toEqual([404, 403]);
  });
});

describe('a pod that is deleted by force while its process goes on', () => {
  let pods: ControlledPod[];
  let gone: ControlledPod;
  let others: ControlledPod[];

  beforeEach(async () => {
    pods = [...(await world.addPods(4))];
    await bus.pass(5_000);
    gone = pods[3]!;
    others = pods.slice(0, 3);
    world.cluster.pods.delete(gone.uid);
  });

  it('is out of all broadcasts at once, and stays out whatever it says', async () => {
    const isOut = (): boolean => others.every((pod) => !world.activeAt(pod).includes(host(4)));
    expect(await bus.until(isOut, 1_000)).toBeLessThanOrEqual(20);
    for (let step = 0; step < 100; step++) {
      await bus.clock.advanceAsync(100);
      expect(isOut()).toBe(true);
    }
    const ignored = others.map(({ node }) => node.counters.value('facts_ignored', 'buried'));
    expect(Math.max(...ignored)).toBeGreaterThan(0);
  });

  it('is answered with 403 on every channel until another pod has its address', async () => {
    await bus.pass(100, 10);
    const { dispatcher } = others[0]!.node.bus;
    const codes: number[] = [];
    const send = (): void => dispatcher.receive(requestOf('chat', { from: host(4) }), ({ code }) => codes.push(code));
    send();
    bus.kill(gone.node);
    await world.addPod(4);
    await bus.pass(500, 10);
    send();
    expect(codes).toEqual([403, 404]);
    expect(others[0]!.node.counters.value('messages_refused', 'buried')).toBe(1);
  });

  it('is a new node when another pod gets its address, known at once', async () => {
    await bus.pass(2_000);
    bus.kill(gone.node);
    gone.node.clock.pause();
    await gone.controller.stop();
    const heir = await world.addPod(4);
    const all = [...others, heir].map(({ node }) => node);
    expect(await bus.until(() => bus.allSeeAll(all), 2_000)).toBeLessThanOrEqual(100);
    const record = others[0]!.node.bus.directory.get(`udp:${host(4)}:5060`);
    expect(record?.instance).toContain(heir.uid);
  });
});

describe('a container', () => {
  it('that ended is out of all broadcasts as soon as Kubernetes says so, and its next run is a new life', async () => {
    const pods = [...(await world.addPods(3))];
    await bus.pass(10_000);
    const [first, , third] = pods as [ControlledPod, ControlledPod, ControlledPod];
    // Frozen: no connection ends, nothing refuses. Only Kubernetes knows.
    bus.network.freeze(third.node.uri);
    third.node.clock.pause();
    world.observe(third, { container: world.ended(third), ready: false });
    expect(await bus.until(() => !world.activeAt(first).includes(host(3)), 1_000)).toBeLessThanOrEqual(20);
    bus.network.kill(third.node.uri);
    await bus.pass(2_000);
    const again = await world.restart(third);
    await bus.until(() => world.activeAt(first).includes(host(3)), 1_000);
    expect(first.node.bus.directory.get(`udp:${host(3)}:5060`)?.instance).toBe(again.node.bus.directory.local.instance);
  });
});

describe('a Kamailio in a pod', () => {
  it('whose container ended is out as soon as it does not answer a probe', async () => {
    const kamailio = await new FakeKamailio(bus.network, '10.9.0.1').start();
    const pod = { uid: 'uid-k', name: 'kamailio-0', node: { uri: kamailio.uri } as ControlledPod['node'] };
    world.observe(pod);
    await world.addPods(3);
    await bus.until(() => world.pods.every((one) => world.activeAt(one).includes('10.9.0.1')), 2_000);
    await bus.pass(5_000);
    kamailio.kill();
    world.observe(pod, { container: world.ended(pod as ControlledPod) });
    const isOut = (): boolean => world.pods.every((one) => !world.activeAt(one).includes('10.9.0.1'));
    expect(await bus.until(isOut, 3_000)).toBeLessThanOrEqual(500);
  });
});

describe('the Kamailio nodes', () => {
  it('are told at once of a pod that is deleted, and only of what they list', async () => {
    const kamailios = [1, 2].map((index) => new FakeKamailio(bus.network, `10.9.0.${index}`));
    for (const kamailio of kamailios) await kamailio.start();
    bus.dns = () => kamailios.map(({ uri }) => uri);
    const pods = [...(await world.addPods(3))];
    await bus.until(() => kamailios.every((kamailio) => kamailio.activeHosts().length === 4), 30_000);
    const gone = pods[2]!;
    world.kill(gone);
    world.cluster.pods.delete(gone.uid);
    const know = (): boolean => kamailios.every((kamailio) => !kamailio.activeHosts().includes(host(3)));
    expect(await bus.until(know, 2_000)).toBeLessThanOrEqual(100);

    const other = kamailios[1]!;
    const pod = { uid: 'uid-k', name: 'kamailio-2', node: { uri: other.uri } as ControlledPod['node'] };
    world.observe(pod);
    await bus.pass(100, 10);
    other.kill();
    world.cluster.pods.delete('uid-k');
    await bus.until(() => !kamailios[0]!.activeHosts().includes('10.9.0.2'), 1_000);
    await bus.pass(2_000);
    const unknown = await world.addPod(9);
    unknown.node.transport.onRequest(() => {});
    world.kill(unknown);
    world.cluster.pods.delete(unknown.uid);
    await bus.pass(2_000);
    expect(kamailios[0]!.list().filter((text) => text.startsWith(host(9)))).toEqual([]);
  });

  it('are told nothing of a container that runs again at its address', async () => {
    const kamailio = await new FakeKamailio(bus.network, '10.9.0.1').start();
    bus.dns = () => [kamailio.uri];
    const pods = [...(await world.addPods(2))];
    await bus.until(() => kamailio.activeHosts().length === 2, 30_000);
    await bus.pass(10_000);
    const [, second] = pods as [ControlledPod, ControlledPod];
    const before = kamailio.notifications.length;
    world.kill(second);
    world.observe(second, { container: world.ended(second), ready: false });
    await bus.pass(1_000);
    const said = kamailio.notifications.slice(before).filter(({ body }) => body.includes('disabled'));
    expect(said).toEqual([]);
  });
});

describe('a node that stops', () => {
  let kamailio: FakeKamailio;
  let first: ControlledPod;
  let second: ControlledPod;

  beforeEach(async () => {
    kamailio = await new FakeKamailio(bus.network, '10.9.0.1').start();
    bus.dns = () => [kamailio.uri];
    [first, second] = (await world.addPods(2)) as [ControlledPod, ControlledPod];
    await bus.until(() => kamailio.activeHosts().length === 2, 30_000);
    await bus.pass(10_000);
  });

  /** As `kdmq start` does at SIGTERM. Gives how long it took. */
  const stop = async ({ controller, node }: ControlledPod): Promise<number> => {
    const begun = bus.clock.now();
    const restarts = controller.restartsInPlace();
    void controller.stop();
    let isOver = false;
    void node.bus.stop(10_000, restarts).then(() => {
      isOver = true;
    });
    await bus.until(() => isOver, 1_500);
    return bus.clock.now() - begun;
  };

  it('while its pod goes on says goodbye to ours and nothing to a Kamailio, which sends to its next life at once', async () => {
    await stop(second);
    expect(world.activeAt(first)).not.toContain(host(2));
    world.kill(second);
    world.observe(second, { container: world.ended(second), ready: false });
    await bus.pass(500);
    expect(kamailio.list()).toEqual([`${host(1)} active`, `${host(2)} active`]);
    const again = await world.restart(second);
    const got: string[] = [];
    again.node.bus.peers.register({
      name: 'greetings',
      callback: (request) => void got.push(decodeText(request.body)),
    });
    await bus.pass(500);
    kamailio.broadcast('greetings', 'hello');
    await bus.pass(100, 10);
    expect(got).toEqual(['hello']);
  });

  const cutWatch = async (): Promise<void> => {
    world.cluster.pods.cut();
    await bus.pass(20, 10);
  };
  const refuseLists = (): void => {
    world.cluster.pods.refusal = { code: 'FORBIDDEN' };
  };
  const hangLists = (): void => {
    world.cluster.pods.hangs = true;
  };

  it.each([
    ['its pod is being deleted', () => world.observe(second, { terminating: true })],
    ['its pod has ended', () => world.observe(second, { phase: 'Failed' })],
    ['its pod runs no container again', () => world.observe(second, { restarts: false })],
    ['the watch of pods has been cut', cutWatch],
    ['the API refuses to say how the pod stands', refuseLists],
    ['the API does not answer', hangLists],
    [
      'that it is deleted has not come over the watch',
      () => world.observe(second, { terminating: true }, 'run-1', false),
    ],
  ])('says goodbye to a Kamailio when %s', async (_when, happens) => {
    await happens();
    expect(await stop(second)).toBeLessThan(700);
    expect(kamailio.list()).toEqual([`${host(1)} active`, `${host(2)} disabled`]);
  });
});

describe('while the API is away', () => {
  it('the bus goes on, what happened meanwhile is found afterwards, and the state is visible', async () => {
    const [first] = await world.addPods(3);
    await bus.pass(10_000);
    for (const resource of [world.cluster.pods, world.cluster.declared, world.cluster.lease, world.cluster.observed]) {
      resource.refusal = { code: 'UNREACHABLE' };
    }
    world.cluster.refusal = 'UNREACHABLE';
    world.cluster.cutAll();
    await bus.pass(3_600_000, 10_000);
    expect(bus.allSeeAll()).toBe(true);
    const away = first!.controller.view();
    expect(away).toMatchObject({ state: 'unreachable', leader: false });
    expect(away.detail).toMatch(/^(pods|dmqnodes|leases): refused: UNREACHABLE$/);
    expect(away.forMs).toBeGreaterThan(3_500_000);

    const third = world.pods[2]!;
    world.cluster.pods.items.delete(third.uid);
    for (const resource of [world.cluster.pods, world.cluster.declared, world.cluster.lease, world.cluster.observed]) {
      resource.refusal = undefined;
    }
    world.cluster.refusal = undefined;
    await bus.until(() => !world.activeAt(first!).includes(host(3)), 2_000);
    await bus.pass(5_000);
    expect(first!.controller.view().state).toBe('watching');
    expect(world.leader()).toBeDefined();
  });

  it('or forbids all, the node runs the same', async () => {
    for (const resource of [world.cluster.pods, world.cluster.slices, world.cluster.declared, world.cluster.lease]) {
      resource.refusal = { code: 'FORBIDDEN' };
    }
    world.cluster.refusal = 'FORBIDDEN';
    bus.dns = () => [VirtualBus.uri(1), VirtualBus.uri(2)];
    await world.addPods(2);
    await bus.pass(120_000, 1_000);
    expect(bus.allSeeAll()).toBe(true);
    const { controller, node } = world.pods[0]!;
    expect(controller.view()).toMatchObject({ state: 'forbidden', leader: false, holder: '' });
    expect(controller.view().watches.map(({ resource, phase }) => `${resource} ${phase}`)).toEqual([
      'pods forbidden',
      'endpointslices forbidden',
      'dmqnodes forbidden',
      'leases forbidden',
    ]);
    expect(node.log.messages('warn').filter((line) => line.startsWith('Kubernetes forbids'))).toHaveLength(4);
    expect(world.cluster.writes).toBeLessThan(20);
  });

  it('or has no DmqNodes, nothing else is missing', async () => {
    world.cluster.declared.refusal = { code: 'ABSENT' };
    await world.addPods(2);
    await bus.pass(5_000);
    expect(world.pods[0]!.controller.view().state).toBe('watching');
  });
});

describe('a DmqNode that a user declared', () => {
  it('makes a Kamailio outside a node of the bus, and takes it out everywhere when it is deleted', async () => {
    const kamailio = await new FakeKamailio(bus.network, '10.9.0.1', { pingMs: 5_000 }).start();
    const isActive = (): boolean => world.pods.every((pod) => world.activeAt(pod).includes('10.9.0.1'));
    const isOut = (): boolean => world.pods.every((pod) => !world.activeAt(pod).includes('10.9.0.1'));
    const [first] = await world.addPods(3);
    world.cluster.declare('edge', kamailio.uri);
    await bus.until(isActive, 1_000);
    await bus.pass(15_000);
    expect(kamailio.activeHosts()).toHaveLength(3);

    world.cluster.declared.delete('edge');
    expect(await bus.until(isOut, 1_000)).toBeLessThanOrEqual(20);
    // It is told, so it sends to nobody of ours any more; what it still says brings it back nowhere.
    await bus.until(() => kamailio.activeHosts().length === 0, 1_000);
    for (let second = 0; second < 60; second++) {
      await bus.pass(1_000);
      expect(isOut()).toBe(true);
    }
    const codes: number[] = [];
    const request = requestOf('notification_peer', { from: '10.9.0.1' });
    first!.node.bus.dispatcher.receive(request, ({ code }) => codes.push(code));
    expect(codes).toEqual([403]);

    world.cluster.declare('edge', kamailio.uri);
    await bus.until(isActive, 2_000);
  });

  it('of another bus in the namespace is none of this one', async () => {
    const kamailio = await new FakeKamailio(bus.network, '10.9.0.1').start();
    await world.addPods(2);
    world.cluster.declare('edge', kamailio.uri, 'other');
    await bus.pass(5_000);
    expect(world.activeAt(world.pods[0]!)).toEqual([host(2)]);
  });

  it('is the only kind that feeds membership', async () => {
    const kamailio = await new FakeKamailio(bus.network, '10.9.0.1').start();
    await world.addPods(2);
    world.cluster.observed.set({
      name: 'kdmq-10-9-0-1-5060',
      uid: 'u',
      generation: 1,
      observed: true,
      address: parseNodeUri('sip:10.9.0.1:5060')!,
      kind: 'external',
      bus: 'kdmq',
      status: {},
      view: undefined,
    });
    await bus.pass(10_000);
    expect(world.activeAt(world.pods[0]!)).toEqual([host(2)]);
    expect(kamailio.notifications).toEqual([]);
  });
});
