import { FakeKamailio } from './fake-kamailio.ts';
import { VirtualBus, type VirtualNode } from './virtual-bus.ts';

/** Where the first Kamailio is. */
export const firstHost = '10.9.0.1';

/** Our nodes and one Kamailio that DNS names too. */
export async function busWithKamailio(count: number, seed = 1) {
  const bus = new VirtualBus(seed);
  const kamailio = await new FakeKamailio(bus.network, firstHost).start();
  const { dns } = bus;
  bus.dns = (asker) => [...(dns(asker) ?? []), kamailio.uri];
  const nodes = await bus.addMany(count);
  await bus.until(() => nodes.every((node) => sees(bus, node, kamailio)), 5_000);
  return { bus, nodes, kamailio };
}

/** Whether the Kamailio is active at the node. */
export const sees = (bus: VirtualBus, node: VirtualNode, kamailio: FakeKamailio): boolean =>
  bus.activeAt(node).includes(kamailio.uri.host);
