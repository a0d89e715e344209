import { describe, expect, it } from 'vitest';
import { formatNodeUri, type NodeUri, nodeKey } from '../../src/core/node-uri.ts';
import { identityOf, toldOf } from '../core/records.ts';
import { VirtualBus, type VirtualNode } from './virtual-bus.ts';

async function busOf(count: number, seed = 1): Promise<{ bus: VirtualBus; nodes: VirtualNode[] }> {
  const bus = new VirtualBus(seed);
  const nodes = await bus.addMany(count);
  await bus.until(() => bus.allSeeAll(), 3_000);
  return { bus, nodes };
}

const claimOf = (at: VirtualNode, of: VirtualNode) => at.bus.directory.get(nodeKey(of.uri))?.claim;
const transitions = (node: VirtualNode, name: string): number => node.counters.value('node_transitions', name);
const anyTransition = (nodes: readonly VirtualNode[], name: string): number =>
  nodes.reduce((sum, node) => sum + transitions(node, name), 0);

/** Advances and fails at the first step at which the condition does not hold. */
async function holds(bus: VirtualBus, condition: () => boolean, ms: number, stepMs = 50): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    await bus.pass(stepMs);
    if (!condition()) throw new Error(`no longer true after ${passed + stepMs} ms`);
  }
}

describe('joining', () => {
  it('nodes that start together find each other by DNS within a second', async () => {
    const bus = new VirtualBus();
    await bus.addMany(5);
    expect(await bus.until(() => bus.allSeeAll(), 1_000)).toBeLessThanOrEqual(1_000);
  });

  it('a newcomer that one node knows is soon active everywhere, without DNS', async () => {
    const { bus, nodes } = await busOf(5);
    bus.dns = () => [nodes[0]!.uri];
    await bus.add(VirtualBus.uri(6));
    expect(await bus.until(() => bus.allSeeAll(), 1_500)).toBeLessThanOrEqual(1_500);
  });

  it('a node that finds nobody starts alone, knows it, and goes on looking', async () => {
    const bus = new VirtualBus();
    bus.dns = () => [];
    const alone = await bus.add(VirtualBus.uri(1));
    await bus.until(() => alone.bus.hasJoined, 5_000);
    await bus.pass(60_000);
    await bus.add(VirtualBus.uri(2));
    bus.dns = () => [VirtualBus.uri(1), VirtualBus.uri(2)];
    await bus.until(() => bus.allSeeAll(), 3_000);
  });

  it('a node that DNS names and that does not answer yet is found when it comes', async () => {
    const bus = new VirtualBus();
    const late = VirtualBus.uri(2);
    bus.dns = () => [VirtualBus.uri(1), late];
    const first = await bus.add(VirtualBus.uri(1));
    await bus.until(() => first.bus.hasJoined, 5_000);
    await bus.pass(600_000);
    await bus.add(late);
    await bus.until(() => bus.allSeeAll(), 8_000);
  });
});

describe('a node that others speak of', { timeout: 120_000 }, () => {
  it('and that nobody reaches is suspected, dead and forgotten: rumours do not pile up', async () => {
    const { bus, nodes } = await busOf(4);
    await bus.pass(3_000);
    const nobody = identityOf('10.7.7.7');
    nodes[0]!.bus.directory.record(
      toldOf(nobody, { incarnation: 5, state: 'alive' }, bus.clock.now()),
      'a test says so',
    );
    await bus.pass(120_000);
    expect(nodes.map((node) => node.bus.directory.listed().length)).toEqual([3, 3, 3, 3]);
    await bus.pass(700_000);
    expect(nodes.map((node) => [...node.bus.directory.records()].length)).toEqual([3, 3, 3, 3]);
  });

  it('and reach, though this one can’t, is neither condemned nor given up: when it can, both are active', async () => {
    const { bus, nodes } = await busOf(4);
    bus.dns = () => [nodes[1]!.uri];
    await bus.pass(3_000);
    const pair = new Set([nodes[0]!.uri.host, VirtualBus.uri(5).host]);
    bus.network.connected = (from, to) => !(pair.has(from.host) && pair.has(to.host));
    await bus.add(VirtualBus.uri(5));
    await bus.pass(120_000);
    expect(nodes.slice(1).every((node) => bus.activeAt(node).length === 4)).toBe(true);
    expect(anyTransition(nodes, 'suspected')).toBe(0);
    bus.network.connected = () => true;
    await bus.until(() => bus.allSeeAll(), 15_000);
  });
});

describe('a killed process', () => {
  it('is out of every broadcast within a second: the kernel closes its connections', async () => {
    const { bus, nodes } = await busOf(10);
    await bus.pass(5_000);
    bus.kill(nodes[3]!);
    expect(await bus.until(() => bus.allSeeAll(), 1_000)).toBeLessThanOrEqual(1_000);
  });

  it('is shown as disabled, then no more, and gossip does not bring it back', async () => {
    const { bus, nodes } = await busOf(4);
    const [watcher, victim] = [nodes[0]!, nodes[3]!];
    bus.dns = () => nodes.slice(0, 3).map((node) => node.uri);
    await bus.pass(10_000);
    bus.kill(victim);
    const shown = () => watcher.bus.directory.listed().find(({ record }) => record.key === nodeKey(victim.uri));
    await bus.until(() => shown()?.status === 'disabled', 2_000);
    await bus.until(() => shown() === undefined, 10_000);
    await holds(bus, () => shown() === undefined, 30_000);
  });

  it('of which DNS still speaks is shown as not_active, and asked for ever', async () => {
    const { bus, nodes } = await busOf(3);
    const dns = nodes.map((node) => node.uri);
    bus.dns = () => dns;
    await bus.pass(2_000);
    bus.kill(nodes[2]!);
    await bus.pass(60_000);
    const listed = nodes[0]!.bus.directory.listed().map(({ record, status }) => `${record.uri.host} ${status}`);
    expect(listed).toEqual(['10.0.0.2 active', '10.0.0.3 not_active']);
  });

  it('that DNS names no more goes from the list', async () => {
    const { bus, nodes } = await busOf(3);
    const dns = nodes.map((node) => node.uri);
    bus.dns = () => dns;
    await bus.pass(2_000);
    bus.kill(nodes[2]!);
    await bus.pass(20_000);
    dns.pop();
    const count = () => nodes[0]!.bus.directory.listed().length;
    await bus.until(() => count() === 1, 15_000);
  });

  it('with remove_inactive 0 stays in the list as not_active', async () => {
    const bus = new VirtualBus();
    const nodes = await bus.addMany(3, { remove_inactive: false });
    await bus.until(() => bus.allSeeAll(), 3_000);
    bus.dns = () => nodes.slice(0, 2).map((node) => node.uri);
    await bus.pass(10_000);
    bus.kill(nodes[2]!);
    await bus.pass(60_000);
    const listed = nodes[0]!.bus.directory.listed().map(({ record, status }) => `${record.uri.host} ${status}`);
    expect(listed).toEqual(['10.0.0.2 active', '10.0.0.3 not_active']);
  });

  it('is forgotten after ten minutes in which nobody spoke of it', async () => {
    const { bus, nodes } = await busOf(3);
    bus.dns = () => nodes.slice(0, 2).map((node) => node.uri);
    await bus.pass(10_000);
    bus.kill(nodes[2]!);
    await bus.pass(2_000);
    expect(claimOf(nodes[0]!, nodes[2]!)?.state).toBe('dead');
    await bus.pass(620_000);
    expect(claimOf(nodes[0]!, nodes[2]!)).toBeUndefined();
    expect(claimOf(nodes[1]!, nodes[2]!)).toBeUndefined();
  });
});

describe('a machine that vanishes without a word', () => {
  it.each([3, 10])('is out of every broadcast within 5 s in a bus of %i', async (count) => {
    const { bus, nodes } = await busOf(count);
    await bus.pass(5_000);
    const victim = nodes[1]!;
    bus.network.freeze(victim.uri);
    const others = nodes.filter((node) => node !== victim);
    const unseen = () => others.every((node) => !bus.activeAt(node).includes(victim.uri.host));
    expect(await bus.until(unseen, 5_000)).toBeLessThanOrEqual(5_000);
  });

  it('is counted: fail_count_enabled lets it miss as many probes as its thresholds say', async () => {
    const bus = new VirtualBus();
    const policy = { fail_count_enabled: true, fail_count_threshold_not_active: 12, fail_count_threshold_disabled: 15 };
    const nodes = await bus.addMany(3, policy);
    await bus.until(() => bus.allSeeAll(), 3_000);
    await bus.pass(2_000);
    bus.network.freeze(nodes[2]!.uri);
    const shown = () => nodes[0]!.bus.directory.listed().find(({ record }) => record.key === nodeKey(nodes[2]!.uri));
    await bus.until(() => shown()?.status === 'not_active', 60_000);
    expect(shown()!.record.failCount).toBeGreaterThan(12);
    const counts: number[] = [];
    await bus.until(() => {
      counts.push(shown()?.record.failCount ?? 0);
      return shown()?.status !== 'not_active';
    }, 60_000);
    expect(counts.at(-2)).toBe(15);
  });
});

describe('a pause', () => {
  it.each([10_000, 60_000])('of a process for %i ms does not make it distrust the others', async (ms) => {
    const { bus, nodes } = await busOf(5);
    await bus.pass(5_000);
    const paused = nodes[2]!;
    bus.pause(paused);
    await bus.pass(ms);
    const others = nodes.filter((node) => node !== paused);
    expect(bus.allSeeAll(others)).toBe(true);
    bus.resume(paused);
    await bus.until(() => bus.allSeeAll(), 15_000);
    expect(transitions(paused, 'died')).toBe(0);
    for (const node of others) expect(transitions(node, 'died')).toBe(1);
  });

  it('in the middle of a suspicion begins it anew', async () => {
    const { bus, nodes } = await busOf(4);
    await bus.pass(5_000);
    const [paused, silent] = [nodes[0]!, nodes[1]!];
    const isSuspect = () => claimOf(paused, silent)?.state === 'suspect';
    bus.network.freeze(silent.uri);
    await bus.until(isSuspect, 5_000);
    bus.pause(paused);
    bus.network.thaw(silent.uri);
    await bus.pass(30_000);
    bus.resume(paused);
    await bus.until(() => bus.allSeeAll(), 15_000);
    expect(transitions(paused, 'died')).toBe(0);
  });

  it('of half a second is nobody’s death', async () => {
    const { bus, nodes } = await busOf(5);
    await bus.pass(5_000);
    for (let round = 0; round < 20; round++) {
      bus.network.freeze(nodes[1]!.uri);
      await bus.clock.advanceAsync(500);
      bus.network.thaw(nodes[1]!.uri);
      await bus.pass(1_500);
    }
    expect(anyTransition(nodes, 'died')).toBe(0);
  });
});

describe('a false suspicion', () => {
  it('is contradicted by the node itself, which stays in every broadcast all the while', async () => {
    const { bus, nodes } = await busOf(5);
    await bus.pass(5_000);
    const victim = nodes[4]!;
    const accuser = nodes[0]!;
    const record = accuser.bus.directory.get(nodeKey(victim.uri))!;
    accuser.bus.directory.record(
      { kind: 'seen', node: record, evidence: 'unanswered', at: bus.clock.now() },
      'a test says so',
    );
    await holds(bus, () => bus.allSeeAll(), 10_000, 10);
    expect(claimOf(accuser, victim)).toEqual({ incarnation: record.claim.incarnation + 1, state: 'alive' });
    expect(anyTransition(nodes, 'died')).toBe(0);
    expect(transitions(accuser, 'recovered')).toBe(1);
  });

  it('that everybody takes for a death is contradicted too', async () => {
    const { bus, nodes } = await busOf(5);
    await bus.pass(5_000);
    const record = nodes[0]!.bus.directory.get(nodeKey(nodes[4]!.uri))!;
    nodes[0]!.bus.directory.record(
      { kind: 'seen', node: record, evidence: 'silent', at: bus.clock.now() },
      'a test says so',
    );
    await bus.clock.advanceAsync(100);
    await bus.until(() => bus.allSeeAll(), 5_000);
  });
});

describe('a partition', { timeout: 120_000 }, () => {
  const half = (uri: NodeUri): number => Number(uri.host.split('.')[3]) % 2;

  it.each([
    ['half a minute, while DNS fails', 30_000, undefined, 15_000],
    ['half an hour, while DNS fails', 1_800_000, undefined, 15_000],
    ['half a minute, where DNS names nobody of the other half', 30_000, 'own', 15_000],
    ['eleven minutes, where DNS names nobody of the other half', 660_000, 'own', 35_000],
  ] as const)('of %s makes two buses, and its end one again', async (_what, ms, dns, healMs) => {
    const { bus, nodes } = await busOf(6);
    bus.dns = (asker) => (dns === undefined ? undefined : [asker]);
    await bus.pass(5_000);
    bus.network.connected = (from, to) => half(from) === half(to);
    const halves = [0, 1].map((which) => nodes.filter((node) => half(node.uri) === which));
    await bus.until(() => halves.every((members) => bus.allSeeAll(members)), 15_000);
    await bus.pass(ms);
    expect(halves.every((members) => bus.allSeeAll(members))).toBe(true);
    bus.network.connected = () => true;
    await bus.until(() => bus.allSeeAll(), healMs);
  });

  it('between two nodes only leaves them active everywhere: the others reach both', async () => {
    const { bus, nodes } = await busOf(5);
    await bus.pass(5_000);
    const [one, other] = [nodes[0]!, nodes[1]!];
    const pair = new Set([one.uri.host, other.uri.host]);
    bus.network.connected = (from, to) => !(pair.has(from.host) && pair.has(to.host));
    await holds(bus, () => nodes.slice(2).every((node) => bus.activeAt(node).length === 4), 60_000);
    expect(anyTransition(nodes, 'died')).toBe(0);
  });
});

describe('a goodbye', () => {
  it('takes a node out of every list within 100 ms', async () => {
    const { bus, nodes } = await busOf(6);
    await bus.pass(2_000);
    const leaver = nodes[5]!;
    const stopped = leaver.bus.stop(5_000);
    bus.nodes.delete(formatNodeUri(leaver.uri));
    await bus.until(() => bus.allSeeAll(), 100);
    await bus.pass(2_000);
    await stopped;
    for (const node of nodes.slice(0, 5)) expect(claimOf(node, leaver)?.state).toBe('left');
  });

  it('holds though the node goes on answering while it drains, and DNS still names it', async () => {
    const { bus, nodes } = await busOf(4);
    const dns = nodes.map((node) => node.uri);
    bus.dns = () => dns;
    await bus.pass(2_000);
    const leaver = nodes[3]!;
    leaver.bus.peers.register({ name: 'slow', callback: () => new Promise(() => {}) });
    void nodes[0]!.bus.sender.send('slow', leaver.uri, '', {});
    await bus.clock.advanceAsync(100);
    const stopped = leaver.bus.stop(200_000);
    bus.nodes.delete(formatNodeUri(leaver.uri));
    await bus.until(() => bus.allSeeAll(), 200);
    await holds(bus, () => bus.allSeeAll(), 200_000, 500);
    await bus.pass(2_000);
    await stopped;
  });

  it('holds until a new life at the same address, which joins at once', async () => {
    const { bus, nodes } = await busOf(4);
    await bus.pass(2_000);
    const leaver = nodes[3]!;
    const stopped = leaver.bus.stop(1_000);
    await bus.pass(1_500);
    await stopped;
    await bus.add(leaver.uri);
    expect(await bus.until(() => bus.allSeeAll(), 2_000)).toBeLessThanOrEqual(2_000);
  });
});

describe('a new life at the same address', () => {
  it('takes the place of a killed one', async () => {
    const { bus, nodes } = await busOf(4);
    await bus.pass(2_000);
    bus.kill(nodes[3]!);
    await bus.pass(5_000);
    const next = await bus.add(nodes[3]!.uri);
    await bus.until(() => bus.allSeeAll(), 2_000);
    expect(nodes[0]!.bus.directory.get(nodeKey(next.uri))?.instance).toBe(next.bus.directory.local.instance);
  });

  it('is known as one even when nobody noticed the end of the former', async () => {
    const { bus, nodes } = await busOf(4);
    await bus.pass(2_000);
    bus.kill(nodes[3]!);
    const next = await bus.add(nodes[3]!.uri);
    const known = () =>
      nodes
        .slice(0, 3)
        .every((n) => n.bus.directory.get(nodeKey(next.uri))?.instance === next.bus.directory.local.instance);
    await bus.until(() => known() && bus.allSeeAll(), 5_000);
  });

  it('is believed though its machine’s clock is an hour behind', async () => {
    const { bus, nodes } = await busOf(4);
    await bus.pass(2_000);
    bus.kill(nodes[3]!);
    await bus.pass(5_000);
    bus.clock.jumpWallTime(-3_600_000);
    const next = await bus.add(nodes[3]!.uri);
    await bus.until(() => bus.allSeeAll(), 5_000);
    expect(next.bus.directory.local.incarnation).toBeGreaterThan(claimOf(nodes[0]!, nodes[1]!)!.incarnation);
  });

  it('is believed after a goodbye though its clock is behind', async () => {
    const { bus, nodes } = await busOf(3);
    await bus.pass(2_000);
    const stopped = nodes[2]!.bus.stop(1_000);
    await bus.pass(1_500);
    await stopped;
    bus.clock.jumpWallTime(-3_600_000);
    await bus.add(nodes[2]!.uri);
    await bus.until(() => bus.allSeeAll(), 5_000);
  });
});

describe('the time of day', () => {
  it.each([-3_600_000, 3_600_000])('may jump by %i ms: nobody is lost', async (ms) => {
    const { bus, nodes } = await busOf(4);
    bus.clock.jumpWallTime(ms);
    await holds(bus, () => bus.allSeeAll(), 10_000);
    expect(anyTransition(nodes, 'suspected')).toBe(0);
  });
});
