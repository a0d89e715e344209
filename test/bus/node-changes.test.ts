import { describe, expect, it } from 'vitest';
import { NodeChangeError, type NodeChangeErrorCode } from '../../src/bus/node-changes.ts';
import { formatNodeUri, nodeKey } from '../../src/core/node-uri.ts';
import { VirtualBus, type VirtualNode } from './virtual-bus.ts';

const nobody = VirtualBus.uri(99);

async function busOf(count: number): Promise<{ bus: VirtualBus; nodes: VirtualNode[] }> {
  const bus = new VirtualBus();
  const nodes = await bus.addMany(count);
  await bus.until(() => bus.allSeeAll(), 3_000);
  return { bus, nodes };
}

/** Two nodes that DNS does not name. */
async function strangers(): Promise<{ bus: VirtualBus; one: VirtualNode; other: VirtualNode }> {
  const bus = new VirtualBus();
  bus.dns = () => [];
  const [one, other] = (await bus.addMany(2)) as [VirtualNode, VirtualNode];
  await bus.until(() => one.bus.hasJoined && other.bus.hasJoined, 5_000);
  return { bus, one, other };
}

const statuses = ({ bus }: VirtualNode): Record<string, string> =>
  Object.fromEntries(bus.directory.listed().map(({ record, status }) => [record.uri.host, status]));

const reached = ({ bus }: VirtualNode): string[] =>
  bus.directory
    .addressed()
    .map(({ uri }) => uri.host)
    .sort();

function codeOf(work: () => void): NodeChangeErrorCode | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof NodeChangeError) return error.code;
    throw error;
  }
  return undefined;
}

describe('a node that is added', () => {
  it('is found at once, and finds the one that looked for it', async () => {
    const { bus, one, other } = await strangers();
    one.bus.changes.add(other.uri);
    expect(await bus.until(() => bus.allSeeAll(), 1_000)).toBeLessThanOrEqual(1_000);
  });

  it('is looked for as long as it takes', async () => {
    const bus = new VirtualBus();
    bus.dns = () => [];
    const one = await bus.add(VirtualBus.uri(1));
    one.bus.changes.add(VirtualBus.uri(2));
    expect(statuses(one)).toEqual({});
    await bus.pass(600_000);
    await bus.add(VirtualBus.uri(2));
    await bus.until(() => bus.allSeeAll(), 8_000);
  });

  it('stays in the list as not_active when it dies, as a notification address does', async () => {
    const { bus, one, other } = await strangers();
    one.bus.changes.add(other.uri);
    await bus.until(() => bus.allSeeAll(), 1_000);
    bus.kill(other);
    await bus.pass(30_000);
    expect(statuses(one)).toEqual({ '10.0.0.2': 'not_active' });
  });

  it('may be added before the first look at DNS is over, and twice', async () => {
    const bus = new VirtualBus();
    bus.dns = () => [];
    const one = await bus.add(VirtualBus.uri(1));
    one.bus.changes.add(VirtualBus.uri(2));
    one.bus.changes.add(VirtualBus.uri(2));
    await bus.add(VirtualBus.uri(2));
    await bus.until(() => bus.allSeeAll(), 3_000);
  });

  it.each([
    ['this node', { ...VirtualBus.uri(1) }, 'NODE_LOCAL'],
    ['a name', { ...VirtualBus.uri(2), host: 'kamailio.example.org' }, 'NODE_NOT_AN_ADDRESS'],
  ] as const)('can not be %s', async (_, uri, code) => {
    const { nodes } = await busOf(1);
    expect(codeOf(() => nodes[0]!.bus.changes.add(uri))).toBe(code);
  });

  it('is one of a thousand at most', async () => {
    const { nodes } = await busOf(1);
    const { changes } = nodes[0]!.bus;
    for (let index = 1_000; index < 2_000; index++) changes.add(VirtualBus.uri(index));
    expect(codeOf(() => changes.add(VirtualBus.uri(2_000)))).toBe('TOO_MANY_NODES');
    expect(codeOf(() => changes.add(VirtualBus.uri(1_999)))).toBeUndefined();
    changes.remove(VirtualBus.uri(1_999));
    expect(codeOf(() => changes.add(VirtualBus.uri(2_000)))).toBeUndefined();
  });
});

describe('a node that is removed', () => {
  it('and is dead leaves the list here and at the others, and is looked for no longer', async () => {
    const { bus, nodes } = await busOf(3);
    const [one, two, three] = nodes as [VirtualNode, VirtualNode, VirtualNode];
    bus.dns = () => [one.uri, two.uri];
    one.bus.changes.add(three.uri);
    bus.kill(three);
    await bus.pass(30_000);
    expect(statuses(one)).toEqual({ '10.0.0.2': 'active', '10.0.0.3': 'not_active' });
    one.bus.changes.remove(three.uri);
    expect(statuses(one)).toEqual({ '10.0.0.2': 'active' });
    await bus.pass(10_000);
    expect(statuses(two)).toEqual({ '10.0.0.1': 'active' });
    expect(two.bus.directory.get(nodeKey(three.uri))?.claim.state).toBe('left');
  });

  it('and lives is out at once, and back by its own word', async () => {
    const { bus, nodes } = await busOf(3);
    nodes[0]!.bus.changes.remove(nodes[1]!.uri);
    expect(statuses(nodes[0]!)).toEqual({ '10.0.0.3': 'active' });
    await bus.until(() => bus.allSeeAll(), 10_000);
  });

  it('and was only looked for is looked for no longer', async () => {
    const { bus, one, other } = await strangers();
    bus.kill(other);
    one.bus.changes.add(other.uri);
    await bus.pass(5_000);
    one.bus.changes.remove(other.uri);
    await bus.pass(60_000);
    await bus.add(other.uri);
    await bus.pass(60_000);
    expect(statuses(one)).toEqual({});
  });

  it('has to be one', async () => {
    const { nodes } = await busOf(2);
    const { changes } = nodes[0]!.bus;
    expect(codeOf(() => changes.remove(nobody))).toBe('NODE_UNKNOWN');
    expect(codeOf(() => changes.remove(nodes[0]!.uri))).toBe('NODE_LOCAL');
    changes.remove(nodes[1]!.uri);
    expect(codeOf(() => changes.remove(nodes[1]!.uri))).toBe('NODE_UNKNOWN');
  });
});

describe('a status that is changed', () => {
  it.each(['disabled', 'not_active'] as const)(
    'to %s keeps broadcasts of this node away, whatever the node says, until active is said',
    async (status) => {
      const { bus, nodes } = await busOf(3);
      const [one, two] = nodes as [VirtualNode, VirtualNode];
      one.bus.changes.changeStatus(two.uri, status);
      await bus.pass(60_000);
      expect(statuses(one)).toEqual({ '10.0.0.2': status, '10.0.0.3': 'active' });
      expect(reached(one)).toEqual(['10.0.0.3']);
      expect(statuses(nodes[2]!)).toEqual({ '10.0.0.1': 'active', '10.0.0.2': 'active' });
      one.bus.changes.changeStatus(two.uri, 'active');
      expect(statuses(one)).toEqual({ '10.0.0.2': 'active', '10.0.0.3': 'active' });
      expect(reached(one)).toEqual(['10.0.0.2', '10.0.0.3']);
    },
  );

  it('says nothing of a node that has gone, and is over when it comes back after it was out of the list', async () => {
    const { bus, nodes } = await busOf(3);
    const [one, two] = nodes as [VirtualNode, VirtualNode];
    one.bus.changes.changeStatus(two.uri, 'not_active');
    const stopped = two.bus.stop(1_000);
    await bus.pass(1_500);
    await stopped;
    bus.nodes.delete(formatNodeUri(two.uri));
    expect(statuses(one)).toEqual({ '10.0.0.2': 'disabled', '10.0.0.3': 'active' });
    await bus.pass(5_000);
    expect(statuses(one)).toEqual({ '10.0.0.3': 'active' });
    await bus.add(two.uri);
    await bus.until(() => reached(one).includes('10.0.0.2'), 5_000);
  });

  it('to active has a dead node asked at once', async () => {
    const { bus, nodes } = await busOf(2);
    const [one, two] = nodes as [VirtualNode, VirtualNode];
    bus.dns = () => [two.uri];
    bus.kill(two);
    await bus.pass(60_000);
    expect(statuses(one)).toEqual({ '10.0.0.2': 'not_active' });
    one.bus.changes.changeStatus(two.uri, 'active');
    expect(statuses(one)).toEqual({ '10.0.0.2': 'not_active' });
    await bus.add(two.uri);
    one.bus.changes.changeStatus(two.uri, 'active');
    expect(await bus.until(() => reached(one).length === 1, 1_000)).toBeLessThanOrEqual(1_000);
  });

  it('is that of a node in the list', async () => {
    const { nodes } = await busOf(1);
    const { changes } = nodes[0]!.bus;
    expect(codeOf(() => changes.changeStatus(nobody, 'disabled'))).toBe('NODE_UNKNOWN');
    expect(codeOf(() => changes.changeStatus(nodes[0]!.uri, 'disabled'))).toBe('NODE_LOCAL');
  });
});
