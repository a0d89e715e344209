import { describe, expect, it } from 'vitest';
import { formatNodeUri, type NodeUri, nodeKey } from '../../src/core/node-uri.ts';
import { busWithKamailio, firstHost, sees } from './bus-with-kamailio.ts';
import { FakeKamailio } from './fake-kamailio.ts';
import { VirtualBus, type VirtualNode } from './virtual-bus.ts';

const shownAt = (node: VirtualNode, uri: NodeUri) =>
  node.bus.directory.listed().find(({ record }) => record.key === nodeKey(uri));
const notificationsOf = (kamailio: FakeKamailio, node: VirtualNode): number =>
  kamailio.notifications.filter(({ from }) => from === node.uri.host).length;

describe('joining a Kamailio', () => {
  it('our nodes stand in its list and it in theirs', async () => {
    const { bus, nodes, kamailio } = await busWithKamailio(3);
    await bus.until(() => kamailio.list().length === 3, 5_000);
    expect(kamailio.list()).toEqual(['10.0.0.1 active', '10.0.0.2 active', '10.0.0.3 active']);
    expect(nodes.map((node) => shownAt(node, kamailio.uri)?.record.kind)).toEqual(['kamailio', 'kamailio', 'kamailio']);
  });

  it('that comes to one of ours: all of ours see it, it sees all of ours', async () => {
    const bus = new VirtualBus();
    const nodes = await bus.addMany(4);
    await bus.until(() => bus.allSeeAll(), 3_000);
    const kamailio = await new FakeKamailio(bus.network, firstHost).start(nodes[0]!.uri);
    await bus.until(() => nodes.every((node) => sees(bus, node, kamailio)), 3_000);
    await bus.until(() => kamailio.activeHosts().length === 4, 15_000);
  });

  it('it is told to the Kamailio nodes that are there', async () => {
    const { bus, nodes, kamailio } = await busWithKamailio(2);
    const other = await new FakeKamailio(bus.network, '10.9.0.2').start(nodes[1]!.uri);
    await bus.until(() => kamailio.activeHosts().includes(other.uri.host), 5_000);
    await bus.until(() => other.activeHosts().includes(kamailio.uri.host), 5_000);
  });

  it('that another Kamailio names is found though no DNS knows it', async () => {
    const { bus, nodes, kamailio } = await busWithKamailio(2);
    const other = await new FakeKamailio(bus.network, '10.9.0.2').start(kamailio.uri);
    await bus.until(() => nodes.every((node) => sees(bus, node, other)), 15_000);
  });

  it('messages pass both ways', async () => {
    const { bus, nodes, kamailio } = await busWithKamailio(2);
    await bus.until(() => kamailio.list().length === 2, 5_000);
    const heard: string[] = [];
    for (const { bus: node } of nodes) node.peers.register({ name: 'bench', callback: () => void heard.push('bench') });
    kamailio.broadcast('bench', 'hello');
    const deliveries = nodes[0]!.bus.sender.broadcast('htable', '{"action":1}', { contentType: 'application/json' });
    await bus.pass(1_000);
    expect(heard).toHaveLength(2);
    expect(kamailio.messages.map((request) => request.requestUser)).toEqual(['htable']);
    expect((await deliveries).map(({ node, code }) => `${node.host} ${code}`).sort()).toEqual([
      '10.0.0.2 404',
      '10.9.0.1 200',
    ]);
  });

  it('it never gets a message on the channel of our own nodes', async () => {
    const { bus, kamailio } = await busWithKamailio(5);
    await bus.pass(60_000);
    expect(kamailio.messages).toEqual([]);
  });

  it('it is pinged each ping_interval by each node that it holds, not more', async () => {
    const { bus, nodes, kamailio } = await busWithKamailio(3);
    await bus.pass(10_000);
    const before = notificationsOf(kamailio, nodes[0]!);
    await bus.pass(100_000);
    const pings = notificationsOf(kamailio, nodes[0]!) - before;
    // Beside the ten pings: the looks at what DNS names, each ten seconds.
    expect(pings).toBeGreaterThanOrEqual(9);
    expect(pings).toBeLessThanOrEqual(12);
  });
});

describe('a Kamailio that ends', () => {
  it('without a word is out of our broadcasts within 6 s of its first unanswered ping', async () => {
    const { bus, nodes, kamailio } = await busWithKamailio(3);
    await bus.pass(20_000);
    kamailio.kill();
    const unseen = () => nodes.every((node) => !sees(bus, node, kamailio));
    await bus.until(unseen, 16_000);
    expect(shownAt(nodes[0]!, kamailio.uri)?.status).toBe('not_active');
  });

  it('is out within 8 s when a message to it goes unanswered', async () => {
    const { bus, nodes, kamailio } = await busWithKamailio(3);
    await bus.pass(20_000);
    kamailio.kill();
    void nodes[0]!.bus.sender.send('htable', kamailio.uri, 'x', { deadlineMs: 500 });
    await bus.until(() => nodes.every((node) => !sees(bus, node, kamailio)), 8_000);
  });

  it('and starts again at the same address is active again at once', async () => {
    const { bus, nodes, kamailio } = await busWithKamailio(3);
    await bus.pass(20_000);
    kamailio.kill();
    await bus.until(() => nodes.every((node) => !sees(bus, node, kamailio)), 16_000);
    await bus.pass(60_000);
    const again = await new FakeKamailio(bus.network, firstHost).start(nodes[0]!.uri);
    await bus.until(() => nodes.every((node) => sees(bus, node, again)), 8_000);
    await bus.until(() => again.activeHosts().length === 3, 20_000);
  });

  it('and starts again before anybody noticed holds us all again after a ping', async () => {
    const { bus, nodes, kamailio } = await busWithKamailio(3);
    await bus.pass(20_000);
    kamailio.kill();
    const again = await new FakeKamailio(bus.network, firstHost).start(nodes[0]!.uri);
    await bus.until(() => again.activeHosts().length === 3, 15_000);
    expect(nodes.every((node) => sees(bus, node, again))).toBe(true);
  });

  it('with a goodbye is out at once and stays out while it goes on answering', async () => {
    const { bus, nodes, kamailio } = await busWithKamailio(3);
    await bus.pass(20_000);
    kamailio.sayGoodbye();
    await bus.until(() => nodes.every((node) => !sees(bus, node, kamailio)), 200);
    await bus.pass(5_000, 100);
    expect(nodes.every((node) => !sees(bus, node, kamailio))).toBe(true);
    expect(shownAt(nodes[0]!, kamailio.uri)?.status ?? 'removed').toMatch(/disabled|removed/);
    kamailio.kill();
    await bus.pass(60_000);
    expect(nodes.every((node) => !sees(bus, node, kamailio))).toBe(true);
  });

  it('with a goodbye and comes back speaks for itself', async () => {
    const { bus, nodes, kamailio } = await busWithKamailio(3);
    await bus.pass(20_000);
    kamailio.sayGoodbye();
    await bus.pass(500, 100);
    kamailio.kill();
    const again = await new FakeKamailio(bus.network, firstHost).start(nodes[0]!.uri);
    await bus.until(() => nodes.every((node) => sees(bus, node, again)), 3_000);
  });

  it('is pinged until the count is above the threshold, with fail_count_enabled', async () => {
    const bus = new VirtualBus();
    const kamailio = await new FakeKamailio(bus.network, firstHost).start();
    bus.dns = () => [VirtualBus.uri(1), kamailio.uri];
    const policy = { fail_count_enabled: true, fail_count_threshold_not_active: 3, fail_count_threshold_disabled: 6 };
    const node = await bus.add(VirtualBus.uri(1), policy);
    await bus.until(() => sees(bus, node, kamailio), 5_000);
    kamailio.kill();
    await bus.until(() => shownAt(node, kamailio.uri)?.status === 'not_active', 60_000);
    expect(shownAt(node, kamailio.uri)!.record.failCount).toBeGreaterThan(3);
    const statuses = new Set<string>();
    await bus.until(() => {
      statuses.add(shownAt(node, kamailio.uri)?.status ?? 'removed');
      return statuses.size > 1;
    }, 120_000);
    expect([...statuses][0]).toBe('not_active');
    expect(shownAt(node, kamailio.uri)?.record.failCount ?? 7).toBeGreaterThan(6);
  });
});

describe('our node that leaves', () => {
  it('is disabled at a Kamailio at once, and answers 503 from then on, which revives nobody', async () => {
    const { bus, nodes, kamailio } = await busWithKamailio(2);
    await bus.until(() => kamailio.list().length === 2, 5_000);
    const leaver = nodes[1]!;
    leaver.bus.peers.register({ name: 'slow', callback: () => new Promise(() => {}) });
    void nodes[0]!.bus.sender.send('slow', leaver.uri, '', {});
    await bus.pass(100, 10);
    const stopped = leaver.bus.stop(100_000);
    bus.nodes.delete(formatNodeUri(leaver.uri));
    await bus.until(() => !kamailio.activeHosts().includes(leaver.uri.host), 500);
    // Kamailio pings the disabled too; a 200 would bring the node back.
    await bus.pass(90_000);
    expect(kamailio.activeHosts()).toEqual([nodes[0]!.uri.host]);
    await bus.pass(20_000);
    await stopped;
  });

  it('is not named to a Kamailio that never held it', async () => {
    const { bus, nodes, kamailio } = await busWithKamailio(40);
    await bus.pass(30_000);
    const held = new Set(kamailio.list().map((line) => line.split(' ')[0]));
    const stranger = nodes.find((node) => !held.has(node.uri.host))!;
    const stopped = stranger.bus.stop(1_000);
    await bus.pass(2_000);
    await stopped;
    expect(kamailio.list().map((line) => line.split(' ')[0])).not.toContain(stranger.uri.host);
  });
});

describe('two halves', () => {
  it('of Kamailio nodes that lost each other are one again when we see both', async () => {
    const { bus, nodes, kamailio } = await busWithKamailio(2);
    const other = await new FakeKamailio(bus.network, '10.9.0.2').start(kamailio.uri);
    await bus.until(() => nodes.every((node) => sees(bus, node, other)), 15_000);
    const left = new Set([nodes[0]!.uri.host, kamailio.uri.host]);
    bus.network.connected = (from, to) => left.has(from.host) === left.has(to.host);
    await bus.pass(200_000);
    expect(kamailio.activeHosts()).toEqual([nodes[0]!.uri.host]);
    expect(other.activeHosts()).toEqual([nodes[1]!.uri.host]);
    bus.network.connected = () => true;
    await bus.until(() => bus.allSeeAll() || nodes.every((n) => bus.activeAt(n).length === 3), 15_000);
    await bus.until(() => [kamailio, other].every((one) => one.activeHosts().length === 3), 15_000);
  });
});

describe('what would hang a Kamailio', () => {
  it('is never sent, whatever happens on the bus', async () => {
    const { bus, nodes, kamailio } = await busWithKamailio(8);
    bus.network.loss = () => 0.2;
    bus.kill(nodes[2]!);
    await bus.pass(20_000);
    const stopped = nodes[3]!.bus.stop(1_000);
    bus.nodes.delete(formatNodeUri(nodes[3]!.uri));
    await bus.pass(2_000);
    await stopped;
    await bus.add(nodes[3]!.uri);
    await bus.pass(100_000);
    expect(kamailio.hungBy).toBeUndefined();
    for (const { body } of kamailio.notifications) {
      expect(body).toMatch(/^(sip:10\.\d+\.\d+\.\d+:5060;status=(active|disabled)\r\n)*$/);
    }
  });
});

describe('a rumour', () => {
  it('of a Kamailio about an address where nobody is makes nobody active, and is forgotten', async () => {
    const { bus, nodes, kamailio } = await busWithKamailio(2);
    kamailio.rumour({ host: '10.7.7.7', port: 5060, transport: 'udp' });
    await bus.pass(60_000);
    expect(nodes.every((node) => !bus.activeAt(node).includes('10.7.7.7'))).toBe(true);
    expect(shownAt(nodes[0]!, { host: '10.7.7.7', port: 5060, transport: 'udp' })).toBeUndefined();
  });
});
