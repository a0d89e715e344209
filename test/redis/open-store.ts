import { RedisQueueStore } from '../../src/edges/redis/redis-queue-store.ts';
import type { RedisStoreOptions } from '../../src/edges/redis/redis-store-options.ts';
import { SystemClock } from '../../src/edges/system/system-clock.ts';
import type { QueueStore } from '../../src/ports/queue-store.ts';
import { MemoryLog } from '../fakes/memory-log.ts';
import type { StoreUnderTest } from '../queues/contract/contract-world.ts';
import { temporaryKeys } from './temporary-keys.ts';

/** A store that is not yet opened. */
export function makeStore(url: RedisStoreOptions['url'], more: Partial<RedisStoreOptions> = {}): RedisQueueStore {
  const deadlines = { connectTimeoutMs: 5000, commandTimeoutMs: 5000 };
  return new RedisQueueStore({
    url,
    ...deadlines,
    replicas: 0,
    clock: new SystemClock(),
    log: new MemoryLog(),
    ...more,
  });
}

/** A store that is open. */
export async function openStore(
  url: RedisStoreOptions['url'],
  more: Partial<RedisStoreOptions> = {},
): Promise<RedisQueueStore> {
  const store = makeStore(url, more);
  await store.open(new AbortController().signal);
  return store;
}

/** What the contract tests use: stores on servers that are emptied first. */
export async function storesOn(
  servers: readonly { command(name: string, ...args: (string | number)[]): Promise<unknown> }[],
  open: () => Promise<QueueStore>,
): Promise<StoreUnderTest> {
  for (const server of servers) await server.command('FLUSHALL');
  const stores: QueueStore[] = [];
  const connect = async () => {
    const store = await open();
    stores.push(store);
    return store;
  };
  return {
    store: await connect(),
    connect,
    temporaries: async () => (await Promise.all(servers.map(temporaryKeys))).flat(),
    destroy: async () => {
      for (const store of stores) await store.close();
    },
  };
}
