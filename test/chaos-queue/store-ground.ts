import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import type { QueueStore } from '../../src/ports/queue-store.ts';
import type { SeededRandom } from '../fakes/seeded-random.ts';
import { openStore } from '../redis/open-store.ts';
import { type ProxyFault, RedisProxy } from '../redis/redis-proxy.ts';
import { RedisServer, type ServerKind } from '../redis/redis-server.ts';
import { openFiles } from './stored-queues.ts';

export type StoreKind = 'file' | ServerKind;

/** What has been done to a store, by what it was. */
export type Troubles = Map<string, number>;

/** The store of a process that is killed, and its troubles. The process talks to it at `settings`. */
export interface StoreGround {
  readonly kind: StoreKind;
  readonly folder: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly troubles: Troubles;
  /** It is dead. */
  readonly isAway: boolean;
  /** Opens it for who looks from outside, past all trouble. */
  open(): Promise<QueueStore>;
  /** Makes trouble, once, and mends it. Resolves at once when the signal is aborted. */
  disturb(random: SeededRandom, signal: AbortSignal): Promise<void>;
  /** From now on it is dead. */
  takeAway(): Promise<void>;
  /** All is well again. */
  mend(): Promise<void>;
  destroy(): Promise<void>;
}

const faults: readonly ProxyFault[] = ['lose the request', 'lose the reply', 'swallow the reply'];

/** Files: nothing can happen to them but that their process dies. */
export class FileGround implements StoreGround {
  readonly kind = 'file';
  readonly folder = mkdtempSync(join(tmpdir(), 'kdmq-chaos-'));
  readonly settings = { data_dir: this.folder };
  readonly troubles: Troubles = new Map();
  readonly isAway = false;

  async open(): Promise<QueueStore> {
    return openFiles(join(this.folder, 'queues'));
  }

  async disturb(): Promise<void> {}

  async takeAway(): Promise<void> {}

  async mend(): Promise<void> {}

  async destroy(): Promise<void> {
    rmSync(this.folder, { recursive: true });
  }
}

/** A real server that acknowledges what is on its disk, behind a proxy that loses requests and replies. */
export class RedisGround implements StoreGround {
  readonly kind: ServerKind;
  readonly folder = mkdtempSync(join(tmpdir(), 'kdmq-chaos-'));
  readonly settings: Readonly<Record<string, unknown>>;
  readonly troubles: Troubles = new Map();
  readonly #server: RedisServer;
  readonly #proxy: RedisProxy;
  #isDead = false;

  private constructor(kind: ServerKind, server: RedisServer, proxy: RedisProxy) {
    this.kind = kind;
    this.#server = server;
    this.#proxy = proxy;
    this.settings = {
      data_dir: this.folder,
      db_url: `redis://${proxy.address}:${proxy.port}`,
      db_command_timeout: 0.5,
      db_connect_timeout: 0.5,
    };
  }

  static async start(kind: ServerKind, nextAddress: () => string): Promise<RedisGround> {
    const address = nextAddress();
    const server = await RedisServer.start({ kind, address, config: ['appendfsync always'] });
    const proxy = await RedisProxy.start(nextAddress(), { host: address, port: 6379 });
    return new RedisGround(kind, server, proxy);
  }

  get isAway(): boolean {
    return this.#isDead;
  }

  open(): Promise<QueueStore> {
    return openStore(this.#server.url);
  }

  async disturb(random: SeededRandom, signal: AbortSignal): Promise<void> {
    const chance = random.fraction();
    if (chance < 0.3) await this.#killAndRestart(random, signal);
    else if (chance < 0.5) await this.#pause(random, signal);
    else if (chance < 0.95) await this.#loseSome(random, signal);
    else {
      this.#count('connections cut');
      this.#proxy.cut();
    }
  }

  async takeAway(): Promise<void> {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#count('store killed');
    await this.#server.kill();
  }

  async mend(): Promise<void> {
    this.#server.resume();
    if (!this.#isDead) return;
    await this.#server.restart();
    this.#isDead = false;
  }

  async destroy(): Promise<void> {
    await this.#proxy.stop();
    await this.#server.stop();
    rmSync(this.folder, { recursive: true });
  }

  async #killAndRestart(random: SeededRandom, signal: AbortSignal): Promise<void> {
    await this.takeAway();
    await pause(random.fraction() ** 3 * 4_000, signal);
    await this.mend();
  }

  async #pause(random: SeededRandom, signal: AbortSignal): Promise<void> {
    this.#count('store stopped for a time');
    this.#server.pause();
    await pause(50 + random.fraction() * 1_000, signal);
    this.#server.resume();
  }

  async #loseSome(random: SeededRandom, signal: AbortSignal): Promise<void> {
    const fault = faults[Math.floor(random.fraction() * faults.length)]!;
    const before = this.#proxy.hits;
    for (let times = 1 + random.fraction() * 8; times > 0 && !signal.aborted; times--) {
      this.#proxy.arm('evalsha', fault);
      await pause(random.fraction() * 40, signal);
    }
    this.#count(fault, this.#proxy.hits - before);
  }

  #count(what: string, times = 1): void {
    this.troubles.set(what, (this.troubles.get(what) ?? 0) + times);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await after(ms, undefined, { signal }).catch(() => {});
}
