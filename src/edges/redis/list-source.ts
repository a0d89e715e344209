import type { Redis } from 'ioredis';
import type { ListSocket } from './list-socket.ts';
import type { RedisConnection } from './redis-connection.ts';

/** Of a list of which more is to be read a connection of its own is worth making. */
const LONG_BYTES = 4_194_304;

/**
 * Gives parts of one list: over the connection that all calls share, or over one of its own while there is much to read. Where such a
 * connection can't be had, or is refused the list, everything goes over the shared one, which also follows a list to another node of a cluster.
 */
export class ListSource {
  readonly #connection: RedisConnection;
  readonly #list: string;
  readonly #length: number;
  readonly #knows: (redis: Redis) => Promise<boolean>;
  #socket: Promise<ListSocket> | undefined;
  #isShared = false;

  /** `knows` asks a server whether it is the one with this very list. */
  constructor(connection: RedisConnection, list: string, length: number, knows: (redis: Redis) => Promise<boolean>) {
    this.#connection = connection;
    this.#list = list;
    this.#length = length;
    this.#knows = knows;
  }

  /** Up to `count` records from a position on. `bytesLeft`: about so much is behind it. Rejects with a StoreError. */
  async range(from: number, count: number, bytesLeft: number): Promise<readonly Uint8Array[]> {
    if (this.#isShared || (this.#socket === undefined && bytesLeft < LONG_BYTES)) return this.#shared(from, count);
    this.#socket ??= this.#connection.openListSocket(this.#list, this.#knows);
    const opening = this.#socket;
    const socket = await opening.catch(() => undefined);
    if (socket === undefined) {
      this.#isShared = true;
      return this.#shared(from, count);
    }
    try {
      const reply = await this.#connection.overListSocket(() => socket.range(this.#list, from, count));
      if ('refusal' in reply) this.#isShared = true;
      if (this.#isShared || (from + count >= this.#length && !socket.isBusy)) this.#drop(opening, socket);
      return 'refusal' in reply ? await this.#shared(from, count) : reply;
    } catch (error) {
      this.#drop(opening, socket);
      throw error;
    }
  }

  #shared(from: number, count: number): Promise<readonly Uint8Array[]> {
    return this.#connection.call('LRANGE', (redis) => redis.lrangeBuffer(this.#list, from, from + count - 1));
  }

  #drop(opening: Promise<ListSocket>, socket: ListSocket): void {
    socket.close();
    if (this.#socket === opening) this.#socket = undefined;
  }
}
