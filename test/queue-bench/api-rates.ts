import { createNode, type KdmqNode, type Queue } from '../../src/index.ts';

const value = new Uint8Array(256).fill(0x61);

/** Calls of `node.queues` a second, in memory. */
export interface ApiRates {
  readonly adds: number;
  readonly fetches: number;
}

async function withQueue<T>(
  address: string,
  settings: Readonly<Record<string, string>>,
  use: (queue: Queue) => Promise<T>,
): Promise<T> {
  const node: KdmqNode = createNode({ settings: { server_address: `sip:${address}:5060`, ...settings } });
  await node.start();
  try {
    await node.queues.ready();
    return await use(node.queues.get('bench'));
  } finally {
    await node.stop();
  }
}

export function measureApi(address: string): Promise<ApiRates> {
  const items = 300_000;
  return withQueue(address, { mqueue: 'name=bench' }, async (queue) => {
    let start = performance.now();
    for (let index = 0; index < items; index++) await queue.add(`call-${index}@10.0.0.1`, value);
    const adds = (items * 1_000) / (performance.now() - start);
    start = performance.now();
    while ((await queue.fetch()) !== undefined);
    return { adds, fetches: (items * 1_000) / (performance.now() - start) };
  });
}

/** Adds a second with durability `always`: each is in the store before it is answered. */
export function measureDurableAdds(
  address: string,
  store: Readonly<Record<string, string>>,
  producers: number,
): Promise<number> {
  const settings = { mqueue: 'name=bench;dbmode=1;durability=always', ...store };
  return withQueue(address, settings, async (queue) => {
    const end = performance.now() + 1_500;
    let added = 0;
    const start = performance.now();
    const produce = async (): Promise<void> => {
      while (performance.now() < end) {
        await queue.add('call@10.0.0.1', value);
        added += 1;
      }
    };
    await Promise.all(Array.from({ length: producers }, produce));
    const rate = (added * 1_000) / (performance.now() - start);
    await queue.clear();
    return rate;
  });
}
