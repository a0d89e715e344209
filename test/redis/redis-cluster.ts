import { Command } from 'ioredis';
import { vi } from 'vitest';
import type { DbUrl } from '../../src/core/mqueue/db-url.ts';
import { RedisServer, type ServerKind } from './redis-server.ts';

const SLOTS = 16_384;

/** Three masters of a Redis Cluster, and as many replicas of the first one as are asked for. */
export class RedisCluster {
  readonly masters: readonly RedisServer[];
  readonly replicas: readonly RedisServer[];

  private constructor(masters: readonly RedisServer[], replicas: readonly RedisServer[]) {
    this.masters = masters;
    this.replicas = replicas;
  }

  /** Resolves when all nodes say that the cluster is well. */
  static async start(nextAddress: () => string, replicas = 0, kind: ServerKind = 'redis'): Promise<RedisCluster> {
    const config = ['cluster-enabled yes', 'cluster-node-timeout 1000', 'cluster-replica-validity-factor 0'];
    const start = () => {
      const address = nextAddress();
      const announced = [
        `cluster-announce-ip ${address}`,
        `replica-announce-ip ${address}`,
        'repl-diskless-sync-delay 0',
      ];
      return RedisServer.start({ kind, address, config: [...config, ...announced] });
    };
    const nodes = await Promise.all(Array.from({ length: 3 + replicas }, start));
    const cluster = new RedisCluster(nodes.slice(0, 3), nodes.slice(3));
    try {
      await cluster.#join();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  get nodes(): readonly RedisServer[] {
    return [...this.masters, ...this.replicas];
  }

  get url(): Extract<DbUrl, { kind: 'cluster' }> {
    return { kind: 'cluster', nodes: this.nodes.map(({ address }) => ({ host: address, port: 6379 })), tls: false };
  }

  /** The master whose slot a key was in from the beginning. */
  masterOf(key: string): RedisServer {
    return this.masters[Math.floor((slotOf(key) * 3) / SLOTS)]!;
  }

  /** Moves the slot of a key with all that is in it to another node, as an operator does. */
  async moveSlot(key: string, from: RedisServer, to: RedisServer): Promise<void> {
    const slot = slotOf(key);
    const [fromId, toId] = await Promise.all([idOf(from), idOf(to)]);
    await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId);
    await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId);
    for (;;) {
      const keys = (await from.command('CLUSTER', 'GETKEYSINSLOT', slot, 10)) as string[];
      if (keys.length === 0) break;
      await from.command('MIGRATE', to.address, 6379, '', 0, 5000, 'KEYS', ...keys);
    }
    for (const node of [to, from]) await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', toId);
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  async #join(): Promise<void> {
    const [first] = this.masters;
    for (const [index, node] of this.masters.entries()) {
      const range = [Math.ceil((index * SLOTS) / 3), Math.ceil(((index + 1) * SLOTS) / 3) - 1];
      await node.command('CLUSTER', 'ADDSLOTSRANGE', ...range);
      await node.command('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
    }
    for (const node of this.nodes.slice(1)) await node.command('CLUSTER', 'MEET', first!.address, 6379);
    await this.#waitFor((info, nodes) => info.includes('cluster_state:ok') && nodes === this.nodes.length);
    for (const replica of this.replicas) await replica.command('CLUSTER', 'REPLICATE', await idOf(first!));
    for (const replica of this.replicas) {
      await vi.waitFor(async () => {
        const info = String(await replica.command('INFO', 'replication'));
        if (!info.includes('master_link_status:up')) throw new Error('the replica is not there yet');
      }, WAITING);
    }
    await this.#waitFor((info) => info.includes('cluster_state:ok'));
  }

  async #waitFor(well: (info: string, nodes: number) => boolean): Promise<void> {
    for (const node of this.nodes) {
      await vi.waitFor(async () => {
        const info = String(await node.command('CLUSTER', 'INFO'));
        const nodes = String(await node.command('CLUSTER', 'NODES'))
          .trim()
          .split('\n').length;
        if (!well(info, nodes)) throw new Error(`the cluster is not well:\n${info}`);
      }, WAITING);
    }
  }
}

const WAITING = { timeout: 20_000, interval: 50 };

function slotOf(key: string): number {
  return new Command('get', [key]).getSlot() ?? 0;
}

async function idOf(node: RedisServer): Promise<string> {
  return String(await node.command('CLUSTER', 'MYID'));
}
