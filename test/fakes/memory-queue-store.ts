import { StoreError } from '../../src/core/mqueue/store-error.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type {
  CommitRequest,
  PartitionAddress,
  PartitionClaim,
  PartitionSnapshot,
  PartitionView,
  QueueStore,
  StoreReport,
} from '../../src/ports/queue-store.ts';
import { claimOf, journalEnd, type MemoryPartition, MemoryQueueData, snapshotOf, viewOf } from './memory-queue-data.ts';
import { type StoreCall, StoreTrouble } from './store-trouble.ts';

/**
 * A queue store in memory that keeps the contract (test/queues/queue-store-contract.ts). Stores with the same data are as processes on one server.
 * `trouble` makes calls fail or wait; `calls` says which were made. Two calls of one store for one partition at the same time are a mistake of
 * the caller: the second one rejects with a plain Error.
 */
export class MemoryQueueStore implements QueueStore {
  readonly name = 'memory:test';
  readonly data: MemoryQueueData;
  readonly trouble = new StoreTrouble();
  /** The names of the calls that were made, in order; those that failed too. */
  readonly calls: StoreCall[] = [];
  /** What `open` reports. */
  notes: string[] = [];
  readonly #clock: Clock;
  readonly #busy = new Set<string>();
  #closed = false;

  constructor(clock: Clock, data = new MemoryQueueData()) {
    this.#clock = clock;
    this.data = data;
  }

  open(_signal: AbortSignal): Promise<StoreReport> {
    return this.#call('open', undefined, () => ({ notes: [...this.notes] }));
  }

  claim(address: PartitionAddress, owner: string): Promise<PartitionClaim> {
    return this.#call('claim', address, () => {
      const partition = this.data.find(address) ?? this.data.make(address);
      partition.epoch += 1;
      partition.owner = owner;
      partition.stage = undefined;
      partition.seenAt = this.#clock.now();
      return claimOf(partition, { owner, epoch: partition.epoch });
    });
  }

  read(claim: PartitionClaim, from: number, limit: number): Promise<Uint8Array[]> {
    return this.#call('read', claim.address, () =>
      page(this.data.find(claim.address)?.items ?? [], from, limit, claim.count),
    );
  }

  readJournal(claim: PartitionClaim, from: number, limit: number): Promise<Uint8Array[]> {
    return this.#call('readJournal', claim.address, () => {
      const { journal, journalStart } = this.data.find(claim.address) ?? { journal: [], journalStart: 0 };
      return page(journal, from - journalStart, limit, claim.journalEnd - journalStart);
    });
  }

  moveCursor(claim: PartitionClaim, cursor: number): Promise<PartitionClaim> {
    return this.#owned('moveCursor', claim, (partition) => {
      if (claim.generation !== partition.generation) return;
      partition.cursor = Math.max(partition.cursor, Math.min(cursor, partition.items.length));
    });
  }

  append(claim: PartitionClaim, offset: number, records: readonly Uint8Array[]): Promise<PartitionClaim> {
    return this.#owned('append', claim, (partition) => {
      const known = journalEnd(partition) - offset;
      if (known < 0) throw gap(`append at ${offset}`);
      partition.journal.push(...records.slice(known).map((record) => record.slice()));
    });
  }

  async stage(claim: PartitionClaim, saveId: string, offset: number, records: readonly Uint8Array[]): Promise<void> {
    await this.#owned('stage', claim, (partition) => {
      if (partition.saveId === saveId) return;
      if (partition.stage?.saveId !== saveId) partition.stage = { saveId, records: [] };
      const known = partition.stage.records.length - offset;
      if (known < 0) throw gap(`stage at ${offset}`);
      partition.stage.records.push(...records.slice(known).map((record) => record.slice()));
    });
  }

  commit(claim: PartitionClaim, { saveId, count, mode, journalEnd: upTo }: CommitRequest): Promise<PartitionClaim> {
    return this.#call('commit', claim.address, () => {
      const saved = this.data.find(claim.address);
      if (saved?.saveId === saveId) return claimOf(saved, claim);
      const partition = this.#ownPartition(claim);
      const staged = partition.stage?.saveId === saveId ? partition.stage.records : [];
      if (staged.length !== count) throw gap(`commit of ${count} records, but ${staged.length} are staged`);
      if (upTo > journalEnd(partition)) throw gap(`commit with the journal up to ${upTo}`);
      const left = mode === 'append' ? partition.items.slice(partition.cursor) : [];
      partition.items = [...left, ...staged];
      partition.cursor = 0;
      partition.generation += 1;
      partition.saveId = saveId;
      partition.stage = undefined;
      partition.journal.splice(0, upTo - partition.journalStart);
      partition.journalStart = Math.max(partition.journalStart, upTo);
      return claimOf(partition, claim);
    });
  }

  async keepAlive(claim: PartitionClaim): Promise<void> {
    await this.#owned('keepAlive', claim, () => {});
  }

  release(claim: PartitionClaim): Promise<void> {
    return this.#call('release', claim.address, () => {
      const found = this.data.find(claim.address);
      if (found === undefined || (found.epoch === claim.epoch && found.owner === undefined)) return;
      const partition = this.#ownPartition(claim);
      partition.owner = undefined;
      partition.stage = undefined;
      const empty = partition.cursor === partition.items.length && partition.journal.length === 0;
      if (empty) this.data.remove(claim.address);
    });
  }

  list(cluster: string): Promise<PartitionView[]> {
    return this.#call('list', undefined, () =>
      [...this.data.partitions.values()]
        .filter(({ address }) => address.cluster === cluster)
        .map((partition) => viewOf(partition, this.#clock.now())),
    );
  }

  /** As from another process: never a second call for the partition. */
  inspect(address: PartitionAddress): Promise<PartitionSnapshot | undefined> {
    return this.#call('inspect', undefined, () => {
      const partition = this.data.find(address);
      return partition && snapshotOf(partition);
    });
  }

  peek(snapshot: PartitionSnapshot, part: 'items' | 'journal', from: number, limit: number): Promise<Uint8Array[]> {
    return this.#call('peek', undefined, () => {
      const partition = this.data.find(snapshot.address);
      const { journalStart } = snapshot;
      if (partition === undefined || !stands(snapshotOf(partition), snapshot)) {
        throw gap('somebody has saved or claimed the partition');
      }
      if (part === 'items') return page(partition.items, from, limit, snapshot.count);
      const most = Math.min(limit, snapshot.journalEnd - from);
      return page(partition.journal, from - journalStart, most, snapshot.journalEnd - journalStart);
    });
  }

  assign(address: PartitionAddress, adopter: string | undefined): Promise<void> {
    return this.#call('assign', undefined, () => {
      const partition = this.data.find(address);
      if (partition !== undefined) partition.adopter = adopter;
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.trouble.end();
  }

  #owned(call: StoreCall, claim: PartitionClaim, run: (partition: MemoryPartition) => void): Promise<PartitionClaim> {
    return this.#call(call, claim.address, () => {
      const partition = this.#ownPartition(claim);
      run(partition);
      partition.seenAt = this.#clock.now();
      return claimOf(partition, claim);
    });
  }

  #ownPartition({ address, owner, epoch }: PartitionClaim): MemoryPartition {
    const partition = this.data.find(address);
    if (partition?.epoch === epoch && partition.owner === owner) return partition;
    if ((this.data.epochOf(address) ?? 0) < epoch) {
      throw new StoreError(
        'STORE_CORRUPT',
        `${address.queue}/${address.partition} was claimed in epoch ${epoch}: lost`,
      );
    }
    throw new StoreError(
      'STORE_FENCED',
      `${address.queue}/${address.partition} belongs to ${partition?.owner ?? 'nobody'}`,
    );
  }

  /** A call for a partition runs alone; `run` itself is one step, as a script on a server is. */
  async #call<T>(call: StoreCall, address: PartitionAddress | undefined, run: () => T): Promise<T> {
    this.calls.push(call);
    const busy = address && `${address.cluster}/${address.queue}/${address.partition}`;
    if (busy !== undefined && this.#busy.has(busy)) throw new Error(`two calls at the same time for ${busy}: ${call}`);
    if (busy !== undefined) this.#busy.add(busy);
    try {
      return await this.trouble.around(call, () => {
        if (this.#closed) throw new StoreError('STORE_UNAVAILABLE', 'the store is closed');
        return run();
      });
    } finally {
      if (busy !== undefined) this.#busy.delete(busy);
    }
  }
}

function stands(now: PartitionSnapshot, then: PartitionSnapshot): boolean {
  const names = ['epoch', 'generation', 'saveId', 'journalStart'] as const;
  return names.every((name) => now[name] === then[name]);
}

function page(records: readonly Uint8Array[], from: number, limit: number, end: number): Uint8Array[] {
  const found = records.slice(Math.max(0, from), from + limit);
  if (from < 0 || found.length < Math.min(limit, end - from)) {
    throw new StoreError('STORE_CORRUPT', `records are missing from ${from} on: ${records.length} of ${end}`);
  }
  return found.map((record) => record.slice());
}

function gap(what: string): StoreError {
  return new StoreError('STORE_GAP', `${what}: records are missing in front`);
}
