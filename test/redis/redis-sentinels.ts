import { vi } from 'vitest';
import type { DbUrl } from '../../src/core/mqueue/db-url.ts';
import { RedisServer, type ServerKind } from './redis-server.ts';

const NAME = 'mymaster';
const WAITING = { timeout: 20_000, interval: 50 };

/** A master, a replica, and three sentinels that watch them, all with one password. */
export class RedisSentinels {
  readonly servers: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];
  readonly #password: string;

  private constructor(servers: readonly RedisServer[], sentinels: readonly RedisServer[], password: string) {
    this.servers = servers;
    this.sentinels = sentinels;
    this.#password = password;
  }

  /** Resolves when the sentinels know one another and the replica. */
  static async start(nextAddress: () => string, password: string, kind: ServerKind = 'redis'): Promise<RedisSentinels> {
    const admin = { password };
    const secret = [`requirepass ${password}`, `masterauth ${password}`, 'repl-diskless-sync-delay 0'];
    const startServer = (more: readonly string[]) => {
      const address = nextAddress();
      return RedisServer.start({
        kind,
        address,
        config: [...secret, `replica-announce-ip ${address}`, ...more],
        admin,
      });
    };
    const master = await startServer([]);
    const replica = await startServer([`replicaof ${master.address} 6379`]);
    const watch = [
      `requirepass ${password}`,
      `sentinel monitor ${NAME} ${master.address} 6379 2`,
      `sentinel auth-pass ${NAME} ${password}`,
      `sentinel sentinel-pass ${password}`,
      `sentinel down-after-milliseconds ${NAME} 500`,
      `sentinel failover-timeout ${NAME} 3000`,
    ];
    const sentinels = await Promise.all(
      [0, 1, 2].map(() => {
        const address = nextAddress();
        const config = [...watch, `sentinel announce-ip ${address}`];
        return RedisServer.start({ kind, address, config, admin, sentinel: true });
      }),
    );
    const set = new RedisSentinels([master, replica], sentinels, password);
    try {
      await set.#know();
    } catch (error) {
      await set.stop();
      throw error;
    }
    return set;
  }

  get url(): Extract<DbUrl, { kind: 'sentinel' }> {
    const sentinels = this.sentinels.map(({ address }) => ({ host: address, port: 6379 }));
    return { kind: 'sentinel', name: NAME, sentinels, tls: false, db: 0, password: this.#password };
  }

  /** The server that the sentinels hold for the master. */
  async master(): Promise<RedisServer> {
    const [address] = (await this.sentinels[0]!.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)) as string[];
    return this.servers.find((server) => server.address === address)!;
  }

  async #know(): Promise<void> {
    for (const sentinel of this.sentinels) {
      await vi.waitFor(async () => {
        const [, known] = fieldsOf(await sentinel.command('SENTINEL', 'MASTER', NAME), [
          'num-slaves',
          'num-other-sentinels',
        ]);
        const [replicas] = fieldsOf(await sentinel.command('SENTINEL', 'MASTER', NAME), ['num-slaves']);
        if (replicas !== '1' || known !== '2') throw new Error(`${replicas} replicas and ${known} sentinels are known`);
      }, WAITING);
    }
  }

  /** Makes the replica the master, though nothing is wrong with the one before, as soon as the sentinels hold it for good enough. */
  async failOver(): Promise<void> {
    await vi.waitFor(() => this.sentinels[0]!.command('SENTINEL', 'FAILOVER', NAME), {
      timeout: 40_000,
      interval: 100,
    });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.sentinels, ...this.servers].map((server) => server.stop()));
  }
}

function fieldsOf(reply: unknown, names: readonly string[]): (string | undefined)[] {
  const list = reply as string[];
  return names.map((name) => list[list.indexOf(name) + 1]);
}
