import { randomBytes } from 'node:crypto';
import { StoreError } from '../../core/mqueue/store-error.ts';
import type {
  CommitRequest,
  PartitionAddress,
  PartitionClaim,
  PartitionSnapshot,
  PartitionView,
  QueueStore,
  StoreReport,
} from '../../ports/queue-store.ts';
import { claimOf } from './claim-reply.ts';
import { inspectServer } from './inspect-server.ts';
import { ListReader } from './list-reader.ts';
import { ListSource } from './list-source.ts';
import { inRuns } from './pack-records.ts';
import { addressOfMember, indexKey, indexMember, PartitionKeys } from './partition-keys.ts';
import {
  APPEND,
  ASSIGN,
  CHECK,
  CLAIM,
  COMMIT,
  INDEX,
  KEEP_ALIVE,
  MOVE_CURSOR,
  PROBE,
  RELEASE,
  type Script,
  STAGE,
  VIEW,
} from './partition-scripts.ts';
import { PartitionSnapshots } from './partition-snapshots.ts';
import { RedisConnection } from './redis-connection.ts';
import type { RedisStoreOptions } from './redis-store-options.ts';
import { runScript, type ScriptReply } from './script-call.ts';
import { describePartition, refusalOf } from './script-refusal.ts';
import { waitUntilSafe } from './wait-until-safe.ts';

/** What one call of a script may carry: little enough for a slow link within the deadline of a command. */
const RUN_RECORDS = 5000;
const RUN_BYTES = 1_048_576;
/** What was staged for a save that was given up goes by itself. */
const STAGED_FOR_MS = 3_600_000;
/** The epoch of a partition that was removed is remembered for 30 days. */
const REMEMBERED_MS = 30 * 86_400_000;
/** Claims of others that may come in between while one claims. */
const CLAIM_TRIES = 100;
const VIEWS_AT_A_TIME = 100;

/**
 * Keeps queues in Redis, Valkey or what speaks like them: one server, the master that sentinels know, or a cluster. See README.md for
 * the keys. Scripts check owner and epoch in each call, so that an owner who was fenced writes nothing.
 */
export class RedisQueueStore implements QueueStore {
  readonly name: string;
  readonly #options: RedisStoreOptions;
  readonly #connection: RedisConnection;
  readonly #snapshots: PartitionSnapshots;
  /** What is read ahead of a load, as long as its claim lives. */
  readonly #readers = {
    items: new WeakMap<PartitionClaim, ListReader>(),
    journal: new WeakMap<PartitionClaim, ListReader>(),
  };
  readonly #newer = new Set<string>();
  #waitsForDisk = true;

  constructor(options: RedisStoreOptions) {
    this.#options = options;
    this.#connection = new RedisConnection(options, () => void this.#lookAgain());
    this.#snapshots = new PartitionSnapshots(this.#connection);
    this.name = this.#connection.name;
  }

  async open(signal: AbortSignal): Promise<StoreReport> {
    await this.#connection.open(signal);
    return { notes: await this.#inspect() };
  }

  async claim(address: PartitionAddress, owner: string): Promise<PartitionClaim> {
    const keys = new PartitionKeys(address);
    await this.#run('the trial of its rights', PROBE, address, [...keys.probe], []);
    // Before the claim: what is claimed is listed, even if this process dies in between.
    await this.#index(address);
    for (let tries = 0; tries < CLAIM_TRIES; tries++) {
      const [epoch] = await this.#connection.call('HMGET', (redis) => redis.hmget(keys.meta, 'epoch'));
      const reply = await this.#run(
        'a claim',
        CLAIM,
        address,
        [keys.meta],
        [epoch ?? '0', owner, randomBytes(6).toString('hex')],
      );
      if (reply[0] === 'ok') return claimOf(reply, { address, owner, epoch: Number(reply[1]) });
    }
    throw new StoreError(
      'STORE_UNAVAILABLE',
      `${this.name}: ${describePartition(address)}: others claim it without end`,
    );
  }

  read(claim: PartitionClaim, from: number, limit: number): Promise<Uint8Array[]> {
    const list = new PartitionKeys(claim.address).generation(claim.generation);
    const reader = this.#reader(this.#readers.items, claim, list, claim.count);
    return this.#page(reader, from, limit, async () => {
      const [, , generation, count, , , , , , stored] = await this.#check(claim, list);
      if (generation !== String(claim.generation)) throw refusalOf(['stale', generation], this.name, claim);
      if (count !== stored) throw refusalOf(['lost', count, stored], this.name, claim);
    });
  }

  async readJournal(claim: PartitionClaim, from: number, limit: number): Promise<Uint8Array[]> {
    const { journalStart, journalEnd } = claim;
    if (from < journalStart) throw refusalOf(['dropped', String(journalStart)], this.name, claim);
    const { journal } = new PartitionKeys(claim.address);
    const reader = this.#reader(this.#readers.journal, claim, journal, journalEnd - journalStart);
    return this.#page(reader, from - journalStart, limit, async () => {
      const [, , , , , start, end, , , stored] = await this.#check(claim, journal);
      const length = String(Number(end) - Number(start));
      if (length !== stored) throw refusalOf(['journal', length, stored], this.name, claim);
      if (start !== String(journalStart)) throw refusalOf(['dropped', start], this.name, claim);
    });
  }

  async moveCursor(claim: PartitionClaim, cursor: number): Promise<PartitionClaim> {
    const { meta } = new PartitionKeys(claim.address);
    const args = [...rightOf(claim), String(claim.generation), String(cursor)];
    return claimOf(await this.#run('moving the cursor', MOVE_CURSOR, claim, [meta], args), claim);
  }

  async append(claim: PartitionClaim, offset: number, records: readonly Uint8Array[]): Promise<PartitionClaim> {
    const { meta, journal } = new PartitionKeys(claim.address);
    let next = claim;
    for (const run of runsOf(records)) {
      const args = [...rightOf(claim), String(offset + run.at)];
      next = claimOf(await this.#run('an append', APPEND, claim, [meta, journal], args, run.records), claim);
    }
    return next;
  }

  async stage(claim: PartitionClaim, saveId: string, offset: number, records: readonly Uint8Array[]): Promise<void> {
    const keys = new PartitionKeys(claim.address);
    const touched = [keys.meta, keys.staging(claim.epoch, saveId)];
    for (const run of runsOf(records)) {
      const args = [...rightOf(claim), saveId, String(offset + run.at), String(STAGED_FOR_MS)];
      await this.#run('staging', STAGE, claim, touched, args, run.records);
    }
  }

  async commit(claim: PartitionClaim, request: CommitRequest): Promise<PartitionClaim> {
    const { saveId, count, mode, journalEnd } = request;
    const keys = new PartitionKeys(claim.address);
    const lists = [keys.generation(claim.generation), keys.generation(claim.generation + 1)];
    const touched = [keys.meta, keys.journal, keys.staging(claim.epoch, saveId), ...lists];
    const args = [String(claim.generation), saveId, String(count), mode, String(journalEnd)];
    const reply = await this.#run('a commit', COMMIT, claim, touched, [...rightOf(claim), ...args]);
    await this.#connection.onMasterOf('WAITAOF and WAIT', keys.meta, (node) => {
      const { commandTimeoutMs: waitMs, replicas } = this.#options;
      const safety = { waitMs, replicas, disk: this.#waitsForDisk, flags: this.#connection.flags };
      return waitUntilSafe(node, keys.meta, this.name, safety);
    });
    return claimOf(reply, claim);
  }

  async keepAlive(claim: PartitionClaim): Promise<void> {
    const { meta } = new PartitionKeys(claim.address);
    await this.#run('a sign of life', KEEP_ALIVE, claim, [meta], rightOf(claim));
    // The list of partitions may have been lost with a node of a cluster.
    await this.#index(claim.address);
  }

  async release(claim: PartitionClaim): Promise<void> {
    const keys = new PartitionKeys(claim.address);
    const args = [...rightOf(claim), String(claim.generation), String(REMEMBERED_MS)];
    const touched = [keys.meta, keys.journal, keys.generation(claim.generation)];
    const [word] = await this.#run('a release', RELEASE, claim, touched, args);
    if (word !== 'removed') return;
    const { cluster } = claim.address;
    await this.#connection.call('SREM', (redis) => redis.srem(indexKey(cluster), indexMember(claim.address)));
  }

  async list(cluster: string): Promise<PartitionView[]> {
    const members = await this.#connection.call('SMEMBERS', (redis) => redis.smembers(indexKey(cluster)));
    const addresses = members
      .map((member) => addressOfMember(cluster, member))
      .filter((address) => address !== undefined);
    const views: PartitionView[] = [];
    for (let at = 0; at < addresses.length; at += VIEWS_AT_A_TIME) {
      const some = addresses.slice(at, at + VIEWS_AT_A_TIME).map((address) => this.#view(address));
      views.push(...(await Promise.all(some)).filter((view) => view !== undefined));
    }
    return views;
  }

  inspect(address: PartitionAddress): Promise<PartitionSnapshot | undefined> {
    return this.#snapshots.inspect(address);
  }

  peek(snapshot: PartitionSnapshot, part: 'items' | 'journal', from: number, limit: number): Promise<Uint8Array[]> {
    return this.#snapshots.peek(snapshot, part, from, limit);
  }

  async assign(address: PartitionAddress, adopter: string | undefined): Promise<void> {
    const { meta } = new PartitionKeys(address);
    await this.#run('an assignment', ASSIGN, address, [meta], adopter === undefined ? [] : [adopter]);
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  async #inspect(): Promise<string[]> {
    const cluster = this.#options.url.kind === 'cluster';
    const reports = await this.#connection.onMasters('INFO', (node) => {
      return inspectServer(node, this.name, cluster, this.#options.replicas);
    });
    this.#connection.flags = reports.every(({ flags }) => flags);
    this.#waitsForDisk = !reports.some(({ neverSyncs }) => neverSyncs);
    return [...new Set(reports.flatMap(({ notes }) => notes))].map((note) => `${this.name}: ${note}`);
  }

  /** Behind a lost connection may be another server: a replica that was promoted, with settings of its own. */
  async #lookAgain(): Promise<void> {
    try {
      await this.#inspect();
    } catch (error) {
      if (!(error instanceof StoreError) || error.code === 'STORE_UNAVAILABLE') return;
      this.#options.log.error('the store of queues is not fit any more', { store: this.name, reason: error.message });
    }
  }

  async #index(address: PartitionAddress): Promise<void> {
    await this.#run('listing the partition', INDEX, address, [indexKey(address.cluster)], [indexMember(address)]);
  }

  /** Undefined where there is nothing (any more), and where a newer version knows better what is there. */
  async #view(address: PartitionAddress): Promise<PartitionView | undefined> {
    const { meta } = new PartitionKeys(address);
    const [word, epoch, owner, items, journal, quietMs, adopter] = await this.#connection.script(
      'a look',
      VIEW,
      [meta],
      [],
    );
    if (word === 'newer' && !this.#newer.has(meta)) {
      this.#newer.add(meta);
      this.#options.log.warn('a partition was written by a newer version and is not listed', { key: meta });
    }
    if (word !== 'ok') return undefined;
    const counts = { items: Number(items), journal: Number(journal), quietMs: Number(quietMs) };
    return { address, epoch: Number(epoch), owner, ...counts, adopter };
  }

  #reader(
    readers: WeakMap<PartitionClaim, ListReader>,
    claim: PartitionClaim,
    list: string,
    length: number,
  ): ListReader {
    let reader = readers.get(claim);
    if (reader === undefined) {
      const { meta } = new PartitionKeys(claim.address);
      const source = new ListSource(this.#connection, list, length, async (redis) => {
        const [word] = await runScript(redis, CHECK, this.#connection.flags, [meta, list], rightOf(claim));
        return word === 'ok';
      });
      reader = new ListReader(length, (from, count, bytesLeft) => source.range(from, count, bytesLeft));
      readers.set(claim, reader);
    }
    return reader;
  }

  /** The list is checked at its first page and at its last one, and whenever records are missing. */
  async #page(reader: ListReader, from: number, limit: number, check: () => Promise<void>): Promise<Uint8Array[]> {
    const page = await reader.page(from, limit);
    if (!reader.checked || from + page.length >= reader.length) {
      await check();
      reader.checked = true;
    }
    return page;
  }

  #check(claim: PartitionClaim, list: string): Promise<ScriptReply> {
    return this.#run('a check', CHECK, claim, [new PartitionKeys(claim.address).meta, list], rightOf(claim));
  }

  async #run(
    what: string,
    script: Script,
    whose: PartitionClaim | PartitionAddress,
    keys: readonly string[],
    args: readonly string[],
    records?: readonly Uint8Array[],
  ): Promise<ScriptReply> {
    const reply =
      records === undefined
        ? await this.#connection.script(what, script, keys, args)
        : await this.#connection.scriptWithRecords(what, script, keys, args, records);
    if (reply[0] === 'ok' || reply[0] === 'removed' || reply[0] === 'raced') return reply;
    throw refusalOf(reply, this.name, whose);
  }
}

/** Nothing at all is a run of its own: the call is made nevertheless, and finds out whether its owner may make it. */
function runsOf(records: readonly Uint8Array[]): Iterable<{ at: number; records: readonly Uint8Array[] }> {
  return records.length === 0 ? [{ at: 0, records }] : inRuns(records, RUN_RECORDS, RUN_BYTES);
}

function rightOf({ epoch, owner }: PartitionClaim): [string, string] {
  return [String(epoch), owner];
}
