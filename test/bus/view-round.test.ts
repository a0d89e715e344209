import { describe, expect, it } from 'vitest';
import type { SaidList } from '../../src/bus/view-round.ts';
import { formatNodeUri } from '../../src/core/node-uri.ts';
import { busWithKamailio } from './bus-with-kamailio.ts';
import { VirtualBus, type VirtualNode } from './virtual-bus.ts';

async function joined(count: number): Promise<{ bus: VirtualBus; nodes: readonly VirtualNode[] }> {
  const bus = new VirtualBus();
  const nodes = await bus.addMany(count);
  await bus.until(() => bus.allSeeAll(), 60_000);
  return { bus, nodes };
}

async function roundOf(bus: VirtualBus, node: VirtualNode): Promise<readonly SaidList[]> {
  let views: readonly SaidList[] | undefined;
  void node.bus.views.ask().then((said) => {
    views = said;
  });
  await bus.until(() => views !== undefined, 10_000);
  return views ?? [];
}

const uris = (nodes: readonly VirtualNode[]): string[] => nodes.map(({ uri }) => formatNodeUri(uri));

describe('who sees whom', () => {
  it('is what each node says of itself and the others, this node first', async () => {
    const { bus, nodes } = await joined(3);
    const views = await roundOf(bus, nodes[1]!);
    const all = uris(nodes).sort();
    expect(views.map(({ uri }) => uri)).toEqual([all[1], all[0], all[2]]);
    for (const view of views) {
      expect(view).toMatchObject({ kind: 'kdmq', partial: false, error: undefined });
      expect(view.nodes?.map(({ uri, status }) => `${uri} ${status}`).sort()).toEqual(
        all.map((uri) => `${uri} active`),
      );
    }
    expect(nodes[1]!.counters.value('views_asked', 'answered')).toBe(2);
  });

  it('shows that a node holds another one differently than it is', async () => {
    const { bus, nodes } = await joined(3);
    const [one, two, three] = nodes as [VirtualNode, VirtualNode, VirtualNode];
    two.bus.changes.changeStatus(three.uri, 'disabled');
    const views = await roundOf(bus, one);
    const at = (viewer: VirtualNode): string | undefined => {
      const said = views.find(({ uri }) => uri === formatNodeUri(viewer.uri));
      return said?.nodes?.find(({ uri }) => uri === formatNodeUri(three.uri))?.status;
    };
    expect([at(one), at(two), at(three)]).toEqual(['active', 'disabled', 'active']);
  });

  it('says why a node has said nothing, after a second', async () => {
    const { bus, nodes } = await joined(2);
    bus.pause(nodes[1]!);
    const begun = bus.clock.now();
    const views = await roundOf(bus, nodes[0]!);
    expect(views[1]).toMatchObject({ uri: formatNodeUri(nodes[1]!.uri), nodes: undefined, error: 'timeout' });
    expect(bus.clock.now() - begun).toBeLessThan(1_100);
    expect(nodes[0]!.counters.value('views_asked', 'timeout')).toBe(1);
  });

  it('asks 64 nodes at most, and says which it did not ask', async () => {
    const { bus, nodes } = await joined(70);
    const views = await roundOf(bus, nodes[0]!);
    const notAsked = views.filter(({ error }) => error === 'not_asked');
    expect([views.length, notAsked.length]).toEqual([70, 5]);
    expect(views.filter(({ nodes: said }) => said?.length === 70)).toHaveLength(65);
    expect(nodes[0]!.counters.value('views_asked', 'not_asked')).toBe(5);
  });

  it('has the list of a Kamailio, which it does not change, and says when that has no room for all', async () => {
    const { bus, nodes, kamailio } = await busWithKamailio(3);
    await bus.until(() => kamailio.activeHosts().length === 3, 60_000);
    const held = kamailio.list();
    const [said] = (await roundOf(bus, nodes[0]!)).filter(({ kind }) => kind === 'kamailio');
    expect(said).toMatchObject({ uri: formatNodeUri(kamailio.uri), partial: false, error: undefined });
    expect(said?.nodes?.map(({ uri }) => uri).sort()).toEqual([...uris(nodes), formatNodeUri(kamailio.uri)].sort());
    expect(kamailio.list()).toEqual(held);
    for (let index = 4; index <= 40; index += 1) await bus.add(VirtualBus.uri(index));
    await bus.until(() => bus.activeAt(nodes[0]!).length === 40, 60_000);
    const [full] = (await roundOf(bus, nodes[0]!)).filter(({ kind }) => kind === 'kamailio');
    expect(full?.partial).toBe(true);
  });
});
