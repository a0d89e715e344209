import type { Redis } from 'ioredis';
import type { Clock, Timer } from '../../ports/clock.ts';
import { type ListReply, ListReplyReader } from './list-reply-reader.ts';

/** Nobody wants anything of it for so long: it is closed. */
const IDLE_MS = 5_000;

/** A connection that is lost is not made anew: who reads asks for another one. */
const ONCE = { lazyConnect: true, retryStrategy: () => null, sentinelRetryStrategy: () => null } as const;

type Waiting = PromiseWithResolvers<ListReply>;

/**
 * A connection for LRANGE and nothing else. The client library makes it, with the address, the user and the TLS of the other; then its
 * replies are read here, at a fifth of the cost. It also keeps a long list out of the way of the calls of other queues.
 */
export class ListSocket {
  readonly #client: Redis;
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  readonly #waiting: Waiting[] = [];
  #ended: Error | undefined;
  #idle: Timer | undefined;

  /** `like`: the client that is connected to the server that has the list. `onEnd` is called once, when it is closed or lost. */
  constructor(like: Redis, clock: Clock, onEnd: () => void) {
    this.#onEnd = onEnd;
    this.#client = like.duplicate(ONCE);
    this.#clock = clock;
    this.#client.on('error', (error: Error) => this.#end(error));
    this.#client.on('end', () => this.#end(new Error('Connection is closed.')));
  }

  /** Connects. `knows` asks the server, over this connection, whether it is the one that is meant. Rejects with whatever is in the way. */
  async open(knows: (redis: Redis) => Promise<boolean>): Promise<void> {
    const client = this.#client;
    await client.connect();
    // The client goes on with the first database where the server does not have this one.
    if (client.options.db) await client.select(client.options.db);
    if (!(await knows(client))) throw new Error('the server does not know the claim');
    if (this.#ended !== undefined) throw this.#ended;
    // The client has got all replies that it waits for, and asks for nothing more.
    const reader = new ListReplyReader((reply) => this.#answered(reply));
    client.stream.removeAllListeners('data').on('data', (chunk: Uint8Array) => {
      try {
        reader.take(chunk);
      } catch (error) {
        this.#end(error instanceof Error ? error : new Error(String(error)));
      }
    });
    this.#waitForWork();
  }

  /** Whether somebody waits for a reply. */
  get isBusy(): boolean {
    return this.#waiting.length > 0;
  }

  /** Up to `count` elements from a position on. Rejects when the connection is lost. */
  range(list: string, from: number, count: number): Promise<ListReply> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.#idle?.cancel();
    const words = ['LRANGE', list, String(from), String(from + count - 1)];
    const bulks = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    this.#client.stream.write(`*${words.length}\r\n${bulks.join('')}`);
    const waiting: Waiting = Promise.withResolvers();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  /** Ends what is under way. Idempotent. */
  close(): void {
    this.#end(new Error('Connection is closed.'));
  }

  #answered(reply: ListReply): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) throw new Error('a reply came that nobody waits for');
    waiting.resolve(reply);
    if (!this.isBusy) this.#waitForWork();
  }

  #waitForWork(): void {
    this.#idle?.cancel();
    this.#idle = this.#clock.after(IDLE_MS, () => this.close());
  }

  #end(error: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    this.#idle?.cancel();
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    this.#client.disconnect();
    this.#onEnd();
  }
}
