import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loopbackAddresses } from '../../loopback.ts';
import { machineHas } from '../../machine.ts';
import { aclUser } from '../../redis/acl-user.ts';
import { openStore } from '../../redis/open-store.ts';
import { RedisServer } from '../../redis/redis-server.ts';
import { startNode } from '../../running-node.ts';
import { doctor } from './doctor-run.ts';

const address = await loopbackAddresses(import.meta.filename);

describe.skipIf(!machineHas('redis'))('kdmq doctor about Redis and its clock', { timeout: 120_000 }, () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start({
      address: address(),
      config: [
        'appendonly yes',
        aclUser('kdmq', 'right-password-of-kdmq'),
        `${aclUser('lacking', 'right-password-of-lacking')} -rename`,
      ],
    });
  });
  afterAll(() => redis?.stop());

  const look = (url: string) =>
    doctor(['--server-address', `sip:${address()}:5060`, '--mqueue', 'name=a;dbmode=both', '--db-url', url]);

  it('finds a Redis that is fit, and that its clock agrees; leaves nothing there', async () => {
    const { code, of } = await look(`redis://kdmq:right-password-of-kdmq@${redis.address}`);
    expect(code).toBe(0);
    expect(of('store')[0]).toMatchObject({
      level: 'ok',
      what: expect.stringContaining('holds 0 partitions of cluster'),
    });
    expect(of('clock')).toEqual([{ check: 'clock', level: 'ok', what: 'the clock agrees with 1 other' }]);
    expect(await redis.command('DBSIZE')).toBe(0);
  });

  it('names a right that the user of Redis lacks', async () => {
    const { code, of } = await look(`redis://lacking:right-password-of-lacking@${redis.address}`);
    expect(code).toBe(69);
    expect(of('store')).toContainEqual(
      expect.objectContaining({
        level: 'error',
        what: expect.stringMatching(/lacks the right to RENAME/),
        next: expect.stringContaining('docs/queue-stores.md'),
      }),
    );
  });

  it('names partitions with items that nobody serves', async () => {
    const store = await openStore(redis.url);
    for (const partition of ['10', '9', '0']) {
      const claim = await store.claim({ cluster: 'kdmq', queue: 'a', partition }, 'dead');
      await store.append(claim, 0, [Uint8Array.of(1)]);
      if (partition !== '0') await redis.command('HSET', `{dmq:kdmq:a:${partition}}:m`, 'seen', 0);
    }
    await store.close();
    const { code, of } = await look(`redis://${redis.address}`);
    expect(code).toBe(0);
    expect(of('store')).toContainEqual({
      check: 'store',
      level: 'warning',
      what: 'nobody serves 2 partitions with items: a/9 and a/10',
      next: expect.stringContaining('kdmq queue adopt'),
    });
  });

  it('says what is allowed and yet may lose something', async () => {
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'volatile-lru');
    const { code, of } = await look(`redis://${redis.address}`);
    expect(code).toBe(0);
    expect(of('store')).toContainEqual(
      expect.objectContaining({ level: 'warning', what: expect.stringContaining('maxmemory-policy volatile-lru') }),
    );
  });

  it('finds a Redis that may throw queues away', async () => {
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    const { code, of } = await look(`redis://${redis.address}`);
    expect(code).toBe(69);
    expect(of('store')).toEqual([
      {
        check: 'store',
        level: 'error',
        what: expect.stringContaining('CONFIG SET maxmemory-policy noeviction'),
        next: expect.stringContaining('Mend that in Redis'),
      },
    ]);
  });
});

describe('kdmq doctor about the clock', { timeout: 120_000 }, () => {
  it('compares the clock with that of nodes, by their HTTP', async () => {
    await using node = await startNode({ server_address: `sip:${address()}:5060` });
    const server = createServer((_, response) => {
      response.sendDate = false;
      response.setHeader('date', new Date(Date.now() + 3_600_000).toUTCString());
      response.end('ok\n');
    });
    await new Promise<void>((resolve) => server.listen(8080, node.host, resolve));
    try {
      const own = address();
      const { code, of } = await doctor([
        ...['--server-address', `sip:${own}:5060`, '--notification-address', node.uri, '--http-listen', `${own}:8080`],
      ]);
      expect(code).toBe(69);
      expect(of('clock')).toEqual([
        {
          check: 'clock',
          level: 'error',
          what: expect.stringMatching(
            new RegExp(`^the clock of the node ${node.host} is (?:59|60) min ahead of the one here$`),
          ),
          next: expect.stringContaining('timedatectl'),
        },
      ]);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
