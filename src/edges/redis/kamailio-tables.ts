import type { Redis } from 'ioredis';
import { StoreError } from '../../core/mqueue/store-error.ts';
import { RedisConnection } from './redis-connection.ts';
import { storeErrorOf } from './redis-error.ts';
import type { RedisStoreOptions } from './redis-store-options.ts';

/*
 * How Kamailio's db_redis (5.6 and 6.1 were looked at) keeps the table of an mqueue, whose name is that of the queue:
 *   <table>:entry::<anything>   hash with the fields `key` and `val`; what stands behind entry:: follows the modparam `keys`
 *   <table>:<map>::<value>, <table>::index::<map>   sets, for its own look-ups
 * mqueue gives its rows no id, and db_redis no order. A start reads whatever `<table>:entry::*` finds, in the order in which Redis
 * happens to name it, and removes it.
 */
export interface KamailioRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** A row as it was read, or why it is none. */
export interface RowReading {
  /** The name of its hash in Redis. */
  readonly entry: string;
  readonly row: KamailioRow | undefined;
  readonly problem: string | undefined;
}

/** The rows of a table in the order in which they are to be read. */
export interface TableContent {
  readonly entries: readonly Buffer[];
  /** Rows without a number as their `id`: they come last, and nobody knows their order. */
  readonly unordered: number;
  readonly highestId: number;
}

const SCANNED = 1_000;
const READ_AT_A_TIME = 200;
const REMOVED_AT_A_TIME = 1_000;
const RIGHT_ID = /^[0-9]{1,15}$/;

type Replies = readonly (readonly [error: Error | null, reply: unknown])[];

/** Tables of Kamailio's mqueue in Redis. Rejects with a StoreError. Only one server, or the master of sentinels, is looked into. */
export class KamailioTables {
  readonly name: string;
  readonly #connection: RedisConnection;

  constructor(options: RedisStoreOptions) {
    this.#connection = new RedisConnection(options);
    this.name = this.#connection.name;
  }

  open(signal: AbortSignal): Promise<void> {
    return this.#connection.open(signal);
  }

  /** The rows of a table: by id, those without one behind them by their names. */
  async find(table: string): Promise<TableContent> {
    const found = new Map<string, Buffer>();
    let cursor = '0';
    do {
      const [next, names] = await this.#on('SCAN', (redis) =>
        redis.scanBuffer(cursor, 'MATCH', `${escaped(table)}:entry::*`, 'COUNT', SCANNED),
      );
      // A name may come twice.
      for (const name of names) found.set(name.toString('latin1'), name);
      cursor = next.toString();
    } while (cursor !== '0');
    const rows: { entry: Buffer; id: number }[] = [];
    for (const entries of inParts([...found.values()])) {
      const replies = await this.#each(entries, (pipeline, entry) => pipeline.hget(entry, 'id'));
      for (const [index, entry] of entries.entries()) {
        const [, id] = replies[index] ?? [];
        rows.push({ entry, id: typeof id === 'string' && RIGHT_ID.test(id) ? Number(id) : Number.POSITIVE_INFINITY });
      }
    }
    rows.sort((one, two) => (one.id === two.id ? Buffer.compare(one.entry, two.entry) : one.id - two.id));
    const numbered = rows.filter(({ id }) => Number.isFinite(id));
    return {
      entries: rows.map(({ entry }) => entry),
      unordered: rows.length - numbered.length,
      highestId: numbered.at(-1)?.id ?? 0,
    };
  }

  /** Reads the rows that were found, in their order; one that is gone meanwhile is said as a problem. */
  async *read({ entries }: TableContent): AsyncGenerator<RowReading[]> {
    for (const part of inParts(entries)) {
      const replies = await this.#each(part, (pipeline, entry) => pipeline.hmgetBuffer(entry, 'key', 'val'));
      yield part.map((entry, index) => rowOf(entry.toString(), replies[index]));
    }
  }

  /** Puts rows into a table, numbered from `firstId` on. `token` keeps their names apart from those of others. */
  async write(table: string, token: string, firstId: number, rows: readonly KamailioRow[]): Promise<void> {
    let id = firstId;
    for (const part of inParts(rows)) {
      await this.#each(part, (pipeline, { key, value }) => {
        const fields = { id, key: Buffer.from(key), val: Buffer.from(value) };
        return pipeline.hset(entryName(table, token, id++), fields);
      });
    }
  }

  /** Takes back what `write` has put there under the token. */
  async remove(table: string, token: string, firstId: number, count: number): Promise<void> {
    for (let id = firstId; id < firstId + count; id += REMOVED_AT_A_TIME) {
      const length = Math.min(REMOVED_AT_A_TIME, firstId + count - id);
      const names = Array.from({ length }, (_, index) => entryName(table, token, id + index));
      await this.#on('UNLINK', (redis) => redis.unlink(names));
    }
  }

  /** Idempotent. */
  close(): void {
    this.#connection.close();
  }

  async #on<T>(what: string, commands: (redis: Redis) => Promise<T>): Promise<T> {
    const [reply] = await this.#connection.onMasters(what, commands);
    if (reply === undefined) throw new StoreError('STORE_UNAVAILABLE', `${this.name}: no server is known`);
    return reply;
  }

  /** One command for each of some things, sent together. Only that a key holds something else than a hash is left to the caller. */
  #each<T>(
    things: readonly T[],
    command: (pipeline: ReturnType<Redis['pipeline']>, thing: T) => unknown,
  ): Promise<Replies> {
    return this.#on('a pipeline', async (redis) => {
      const pipeline = redis.pipeline();
      for (const thing of things) command(pipeline, thing);
      const replies = (await pipeline.exec()) ?? [];
      const failed = replies.find(([error]) => error !== null && !isOtherType(error));
      if (failed?.[0]) throw storeErrorOf(failed[0], this.name);
      return replies;
    });
  }
}

/** Why Kamailio can't keep a row; undefined where it can. Seen in 5.6 and 6.1. */
export function rowProblem({ key, value }: KamailioRow): string | undefined {
  for (const [name, bytes] of [['key', key] as const, ['value', value] as const]) {
    if (bytes.length === 0)
      return `its ${name} is empty, and Kamailio loses its whole queue over that at its next stop`;
    if (bytes.includes(0)) return `its ${name} holds a NUL byte, where Kamailio would cut it off`;
  }
  return undefined;
}

function rowOf(entry: string, [error, fields]: Replies[number] = [null, undefined]): RowReading {
  if (error !== null) return { entry, row: undefined, problem: 'is no hash' };
  const [key, value] = (fields ?? []) as (Buffer | null | undefined)[];
  if (key && value) return { entry, row: { key, value }, problem: undefined };
  const missing = key ? 'val' : value ? 'key' : 'key and val';
  return { entry, row: undefined, problem: `has no ${missing}` };
}

function isOtherType(error: Error): boolean {
  return error.message.startsWith('WRONGTYPE');
}

function entryName(table: string, token: string, id: number): string {
  return `${table}:entry::kdmq:${token}:${id}`;
}

/** As a pattern of Redis that nothing else fits. */
function escaped(table: string): string {
  return table.replace(/[\\*?[\]^]/g, '\\$&');
}

function* inParts<T>(things: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < things.length; at += READ_AT_A_TIME) yield things.slice(at, at + READ_AT_A_TIME);
}
