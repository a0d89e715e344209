import { afterAll, beforeAll, describe } from 'vitest';
import { loopbackAddresses } from '../../loopback.ts';
import { machineHas } from '../../machine.ts';
import { queueStoreContract } from '../../queues/queue-store-contract.ts';
import { openStore, storesOn } from '../../redis/open-store.ts';
import { RedisCluster } from '../../redis/redis-cluster.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);

describe.skipIf(!machineHas('redis'))('a cluster of three', () => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await RedisCluster.start(nextAddress);
  });

  afterAll(() => cluster.stop());

  queueStoreContract('RedisQueueStore on a cluster of three', () =>
    storesOn(cluster.masters, () => openStore(cluster.url)),
  );
});
