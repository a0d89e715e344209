import { describe, expect, it } from 'vitest';
import type { NodeUri } from '../../src/core/node-uri.ts';
import { VirtualBus } from './virtual-bus.ts';

describe('DNS', () => {
  it.each<[string, readonly NodeUri[] | undefined]>([
    ['fails', undefined],
    ['is empty', []],
    ['is stale', [VirtualBus.uri(77), VirtualBus.uri(78)]],
    ['names only this node', [VirtualBus.uri(1)]],
    ['names 300 addresses where nobody is', Array.from({ length: 300 }, (_, index) => VirtualBus.uri(1_000 + index))],
  ])('that %s for two minutes evicts nobody', async (_what, answer) => {
    const bus = new VirtualBus();
    const nodes = await bus.addMany(3);
    await bus.until(() => bus.allSeeAll(), 3_000);
    bus.dns = () => answer;
    await bus.pass(120_000);
    expect(bus.allSeeAll()).toBe(true);
    expect(nodes[0]!.counters.value('node_transitions', 'suspected')).toBe(0);
  });

  it('that fails at the start only delays the join', async () => {
    const bus = new VirtualBus();
    const { dns } = bus;
    bus.dns = () => undefined;
    const nodes = await bus.addMany(3);
    await bus.pass(30_000);
    expect(bus.activeAt(nodes[0]!)).toEqual([]);
    expect(nodes[0]!.log.messages('warn')).toEqual(['notification_address not resolved']);
    bus.dns = dns;
    await bus.until(() => bus.allSeeAll(), 3_000);
    await bus.pass(8_000);
    expect(nodes[0]!.log.messages('info')).toContain('notification_address resolved again');
  });

  it('that names a node only now and then finds it all the same', async () => {
    const bus = new VirtualBus();
    let round = 0;
    const all = [1, 2, 3].map((index) => VirtualBus.uri(index));
    bus.dns = () => [all[round++ % 3]!];
    await bus.addMany(3);
    await bus.until(() => bus.allSeeAll(), 15_000);
  });
});

describe('a second address', () => {
  it('of another node does not make a second node of it', async () => {
    const bus = new VirtualBus();
    const second: NodeUri = { host: 'fd00::2', port: 5060, transport: 'udp' };
    bus.network.alias(second, VirtualBus.uri(2));
    bus.dns = () => [VirtualBus.uri(1), VirtualBus.uri(2), second];
    const [one] = await bus.addMany(2);
    await bus.until(() => bus.allSeeAll(), 3_000);
    await bus.pass(60_000);
    expect(one!.bus.directory.listed().map(({ record }) => record.uri.host)).toEqual(['10.0.0.2']);
  });

  it('of the node itself, which only its answer betrays, does not keep it from knowing that it is alone', async () => {
    const bus = new VirtualBus();
    const second: NodeUri = { host: 'fd00::1', port: 5060, transport: 'udp' };
    bus.network.alias(second, VirtualBus.uri(1));
    bus.dns = () => [second];
    const alone = await bus.add(VirtualBus.uri(1));
    await bus.until(() => alone.bus.hasJoined, 5_000);
    expect(alone.bus.directory.listed()).toEqual([]);
    const sent = alone.transport.sent.messages;
    await bus.pass(60_000);
    expect(alone.transport.sent.messages - sent).toBeLessThan(30);
  });
});
