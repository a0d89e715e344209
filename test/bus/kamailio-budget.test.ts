import { describe, expect, it } from 'vitest';
import { formatNodeUri } from '../../src/core/node-uri.ts';
import { busWithKamailio, firstHost, sees } from './bus-with-kamailio.ts';
import { FakeKamailio } from './fake-kamailio.ts';
import { VirtualBus } from './virtual-bus.ts';

describe('60 of our nodes beside a Kamailio', { timeout: 120_000 }, () => {
  it('only as many name themselves to it as its 1,024 bytes hold, and it goes on answering', async () => {
    const { bus, nodes, kamailio } = await busWithKamailio(60);
    await bus.pass(65_000);
    expect(kamailio.bytes()).toBeLessThanOrEqual(1_024);
    expect(kamailio.activeHosts().length).toBeGreaterThanOrEqual(20);
    expect(kamailio.hungBy).toBeUndefined();
    expect(nodes.every((node) => sees(bus, node, kamailio))).toBe(true);
  });

  it('that do not know one another yet: a Kamailio that becomes slow while they come gets no longer list than it can hold', async () => {
    const { bus, kamailio } = await strangers(1);
    await bus.until(() => kamailio.notifications.length > 30, 5_000);
    bus.network.delayMs = 200;
    const most = await longestList(bus, kamailio);
    expect(most).toBeGreaterThan(700);
    expect(most).toBeLessThanOrEqual(1_024);
  });

  it('that do not know one another yet: nor does one beside which another falls silent, for whose answer they wait', async () => {
    const silent = '10.9.0.2';
    const { bus, kamailio, others } = await strangers(8, silent);
    const nodes = [...bus.nodes.values()];
    await bus.until(() => nodes.every((node) => bus.activeAt(node).includes(silent)), 5_000, 1);
    for (const { uri } of others) bus.network.freeze(uri);
    bus.network.delayMs = 200;
    const most = await longestList(bus, kamailio);
    expect(most).toBeGreaterThan(700);
    expect(most).toBeLessThanOrEqual(1_024);
  });

  it('those that it holds stay the same while newcomers come', async () => {
    const { bus, kamailio } = await busWithKamailio(40);
    await bus.pass(15_000);
    const held = kamailio.activeHosts();
    for (let index = 100; index < 120; index++) await bus.add(VirtualBus.uri(index));
    await bus.pass(30_000);
    expect(kamailio.activeHosts()).toEqual(held);
  });

  it('a node that makes room says so', async () => {
    const { bus, nodes, kamailio } = await busWithKamailio(26);
    await bus.pass(30_000);
    const told = kamailio.activeHosts().length;
    // More Kamailio nodes take room in the list that the youngest of ours gave up.
    for (let index = 2; index <= 6; index++)
      await new FakeKamailio(bus.network, `10.9.0.${index}`).start(nodes[0]!.uri);
    await bus.pass(60_000);
    const ours = kamailio.activeHosts().filter((host) => host.startsWith('10.0.'));
    expect(ours.length).toBeLessThan(told);
    expect(kamailio.bytes()).toBeLessThanOrEqual(1_024);
    expect(kamailio.activeHosts().filter((host) => host.startsWith('10.9.'))).toHaveLength(5);
  });

  it('when one of those that it holds leaves, another takes its place', async () => {
    const { bus, nodes, kamailio } = await busWithKamailio(40);
    await bus.pass(60_000);
    const held = kamailio.activeHosts();
    const leaver = nodes.find((node) => held.includes(node.uri.host))!;
    const stopped = leaver.bus.stop(1_000);
    bus.nodes.delete(formatNodeUri(leaver.uri));
    await bus.pass(2_000);
    await stopped;
    await bus.until(() => kamailio.activeHosts().length === held.length, 30_000, 100);
    expect(kamailio.activeHosts()).not.toContain(leaver.uri.host);
  });
});

/** 60 of our nodes that reach Kamailio nodes and not one another. */
async function strangers(seed: number, ...more: readonly string[]) {
  const bus = new VirtualBus(seed);
  const kamailio = await new FakeKamailio(bus.network, firstHost).start();
  const others = await Promise.all(more.map((host) => new FakeKamailio(bus.network, host).start()));
  const { dns } = bus;
  bus.dns = (asker) => [...(dns(asker) ?? []), kamailio.uri, ...others.map(({ uri }) => uri)];
  bus.network.connected = (...ends) => ends.some(({ host }) => host === firstHost || more.includes(host));
  await bus.addMany(60);
  return { bus, kamailio, others };
}

/** The most bytes that a Kamailio's list had until all should have settled. */
async function longestList(bus: VirtualBus, kamailio: FakeKamailio): Promise<number> {
  let most = 0;
  const isOver = (): boolean => {
    most = Math.max(most, kamailio.bytes());
    return bus.clock.now() > 16_000;
  };
  await bus.until(isOver, 20_000, 20);
  return most;
}
