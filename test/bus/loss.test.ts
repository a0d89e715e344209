import { describe, expect, it } from 'vitest';
import type { TransportName } from '../../src/core/node-uri.ts';
import { busWithKamailio, sees } from './bus-with-kamailio.ts';
import { VirtualBus, type VirtualNode } from './virtual-bus.ts';

async function busOf(count: number, seed: number, streams: readonly TransportName[] = ['tcp']) {
  const bus = new VirtualBus(seed);
  bus.streams = streams;
  const nodes = await bus.addMany(count);
  await bus.until(() => bus.allSeeAll(), 3_000);
  return { bus, nodes };
}

const deaths = (nodes: readonly VirtualNode[]): number =>
  nodes.reduce((sum, node) => sum + node.counters.value('node_transitions', 'died'), 0);

describe('30% loss one way for half an hour', { timeout: 120_000 }, () => {
  it.each([
    [3, 1],
    [10, 2],
  ])('evicts nobody in a bus of %i', async (count, seed) => {
    const { bus, nodes } = await busOf(count, seed);
    const lossy = nodes[0]!.uri.host;
    bus.network.loss = (_from, to) => (to.host === lossy ? 0.3 : 0);
    for (let minute = 0; minute < 30; minute++) {
      await bus.pass(60_000);
      expect(bus.allSeeAll()).toBe(true);
    }
    expect(deaths(nodes)).toBe(0);
  });

  it('evicts nobody where nodes speak UDP only, though suspicions come and go', async () => {
    const { bus, nodes } = await busOf(3, 5, []);
    const lossy = nodes[0]!.uri.host;
    bus.network.loss = (_from, to) => (to.host === lossy ? 0.3 : 0);
    for (let minute = 0; minute < 30; minute++) {
      await bus.pass(60_000);
      expect(bus.allSeeAll()).toBe(true);
    }
    expect(deaths(nodes)).toBe(0);
    expect(nodes.reduce((sum, node) => sum + node.counters.value('node_transitions', 'recovered'), 0)).toBeGreaterThan(
      50,
    );
  });

  it('of everything evicts nobody either', async () => {
    const { bus, nodes } = await busOf(5, 3);
    bus.network.loss = () => 0.3;
    await bus.pass(300_000);
    expect(deaths(nodes)).toBe(0);
  });

  it.each([1, 3])('of a Kamailio beside %i of our nodes evicts it nowhere', async (count) => {
    const { bus, nodes, kamailio } = await busWithKamailio(count, 4);
    bus.network.loss = (_from, to) => (to.host === kamailio.uri.host ? 0.3 : 0);
    await bus.pass(1_800_000);
    expect(deaths(nodes)).toBe(0);
    expect(nodes.every((node) => sees(bus, node, kamailio))).toBe(true);
  });
});
