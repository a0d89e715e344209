import { afterAll, beforeAll, describe } from 'vitest';
import type { RedisStoreOptions } from '../../../src/edges/redis/redis-store-options.ts';
import { loopbackAddresses } from '../../loopback.ts';
import { machineHas, type Tool } from '../../machine.ts';
import { queueStoreContract } from '../../queues/queue-store-contract.ts';
import { aclUser } from '../../redis/acl-user.ts';
import { openStore, storesOn } from '../../redis/open-store.ts';
import { RedisServer, type ServerOptions } from '../../redis/redis-server.ts';
import { TestAuthority } from '../sip/certificates.ts';

interface Setting {
  readonly name: string;
  readonly needs: readonly Tool[];
  server(address: string): Omit<ServerOptions, 'address'>;
  readonly store?: Partial<RedisStoreOptions>;
}

const authority = machineHas('openssl') ? new TestAuthority() : undefined;
const client = authority?.issue('DNS:kdmq');

const settings: readonly Setting[] = [
  { name: 'Redis 7.0', needs: ['redis'], server: () => ({}) },
  {
    name: 'Valkey, each commit waiting for the disk',
    needs: ['valkey'],
    server: () => ({ kind: 'valkey', config: ['appendfsync always'] }),
  },
  { name: 'Redis behind a unix socket', needs: ['redis'], server: () => ({ unixSocket: true }) },
  {
    name: 'Redis over TLS, as a user with no more than the rights that queues need',
    needs: ['redis', 'openssl'],
    server: (address) => ({
      tls: { ...authority!.issue(`IP:${address}`), caList: authority!.caList },
      config: [aclUser('kdmq', 'secret'), 'user default on >admin ~* &* +@all'],
      admin: { username: 'default', password: 'admin' },
    }),
    store: { username: 'kdmq', password: 'secret', tls: { caList: authority?.caList, ...client } },
  },
];

const nextAddress = await loopbackAddresses(import.meta.filename);

describe.each(settings)('$name', ({ name, needs, server: optionsOf, store }) => {
  describe.skipIf(!machineHas(...needs))('', () => {
    let server: RedisServer;

    beforeAll(async () => {
      const address = nextAddress();
      server = await RedisServer.start({ ...optionsOf(address), address });
    });

    afterAll(() => server.stop());

    queueStoreContract(`RedisQueueStore on ${name}`, () => storesOn([server], () => openStore(server.url, store)));
  });
});

afterAll(() => authority?.remove());
