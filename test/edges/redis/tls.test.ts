import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { RedisQueueStore } from '../../../src/edges/redis/redis-queue-store.ts';
import type { RedisTlsFiles } from '../../../src/edges/redis/redis-store-options.ts';
import { loopbackAddresses } from '../../loopback.ts';
import { machineHas } from '../../machine.ts';
import { address, bytes } from '../../queues/store-content.ts';
import { again, failure } from '../../redis/again.ts';
import { makeStore, openStore } from '../../redis/open-store.ts';
import { RedisServer } from '../../redis/redis-server.ts';
import { TestAuthority } from '../sip/certificates.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const signal = new AbortController().signal;

describe.skipIf(!machineHas('redis', 'openssl'))('Redis over TLS', () => {
  const authority = new TestAuthority();
  const stranger = new TestAuthority('somebody else');
  const running: RedisServer[] = [];
  const opened: RedisQueueStore[] = [];

  const start = async (names: (address: string) => string, from = authority) => {
    const at = nextAddress();
    const server = await RedisServer.start({ address: at, tls: { ...from.issue(names(at)), caList: from.caList } });
    running.push(server);
    return server;
  };
  const clientOf = (from: TestAuthority, more: RedisTlsFiles = {}): { tls: RedisTlsFiles } => {
    return { tls: { caList: from.caList, ...from.issue('DNS:kdmq'), ...more } };
  };

  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    for (const server of running.splice(0)) await server.stop();
  });

  afterAll(() => {
    authority.remove();
    stranger.remove();
  });

  const refusals: readonly {
    readonly why: string;
    readonly names?: (address: string) => string;
    readonly client: () => { tls?: RedisTlsFiles };
    readonly says: RegExp;
  }[] = [
    {
      why: 'signed by somebody else',
      client: () => clientOf(authority, { caList: stranger.caList }),
      says: /db_tls_ca_list/,
    },
    { why: 'no authority given', client: () => ({}), says: /db_tls_ca_list/ },
    {
      why: 'another name',
      names: () => 'DNS:redis.test',
      client: () => clientOf(authority),
      says: /db_tls_server_name/,
    },
    {
      why: 'a file that is missing',
      client: () => clientOf(authority, { privateKey: '/no/such/key' }),
      says: /TLS files for Redis are not usable.*db_tls_private_key: \/no\/such\/key does not exist/,
    },
    {
      why: 'a key that does not fit',
      client: () => clientOf(authority, { privateKey: authority.issue('DNS:x').privateKey }),
      says: /TLS files for Redis are not usable/,
    },
  ];

  it.each(refusals)('is refused with what to look at: $why', async ({ names, client, says }) => {
    const server = await start(names ?? ((at) => `IP:${at}`));
    const error = await failure(makeStore(server.url, client()).open(signal));
    expect(error.code).toBe('STORE_REFUSED');
    expect(error.message).toMatch(says);
  });

  it('may carry another name than the host of the URL, when it is said', async () => {
    const server = await start(() => 'DNS:redis.test');
    opened.push(await openStore(server.url, clientOf(authority, { serverName: 'redis.test' })));
  });

  it('a server without TLS is not spoken to', async () => {
    const server = await RedisServer.start({ address: nextAddress() });
    running.push(server);
    const store = makeStore({ ...server.url, tls: true }, { ...clientOf(authority), connectTimeoutMs: 1000 });
    expect(['STORE_REFUSED', 'STORE_UNAVAILABLE']).toContain((await failure(store.open(signal))).code);
  });

  it('uses renewed certificates at the next connection', async () => {
    const folder = authority.folder;
    const paths = {
      certificate: join(folder, 'live.crt'),
      privateKey: join(folder, 'live.key'),
      caList: join(folder, 'live-ca'),
    };
    const at = nextAddress();
    const renew = (from: TestAuthority) => {
      const issued = from.issue(`IP:${at},DNS:kdmq`);
      copyFileSync(issued.certificate, paths.certificate);
      copyFileSync(issued.privateKey, paths.privateKey);
      copyFileSync(from.caList, paths.caList);
    };
    renew(authority);
    const server = await RedisServer.start({ address: at, tls: paths });
    running.push(server);
    const store = await openStore(server.url, { tls: paths });
    opened.push(store);
    const claim = await store.claim(address(), 'one');

    await server.kill();
    writeFileSync(paths.caList, 'half written');
    await failure(store.keepAlive(claim));
    renew(stranger);
    await server.restart();
    const alive = () => store.append(claim, 0, [bytes('a')]);
    await expect.poll(() => again(alive).then(({ journalEnd }) => journalEnd, String), { timeout: 15_000 }).toBe(1);
  });
});
