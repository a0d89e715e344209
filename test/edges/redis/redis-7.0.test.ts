import { afterAll, beforeAll, describe } from 'vitest';
import { loopbackAddresses } from '../../loopback.ts';
import { machineHas } from '../../machine.ts';
import { queueStoreContract } from '../../queues/queue-store-contract.ts';
import { openStore, storesOn } from '../../redis/open-store.ts';
import { RedisServer } from '../../redis/redis-server.ts';

describe.skipIf(!machineHas('redis'))('Redis 7.0', async () => {
  const nextAddress = await loopbackAddresses(import.meta.filename);
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start({ address: nextAddress() });
  });

  afterAll(() => server.stop());

  queueStoreContract('RedisQueueStore on Redis 7.0', () => storesOn([server], () => openStore(server.url)));
});
