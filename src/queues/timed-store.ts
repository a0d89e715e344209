import { DurationHistogram } from '../core/duration-histogram.ts';
import type {
  CommitRequest,
  PartitionAddress,
  PartitionClaim,
  PartitionSnapshot,
  PartitionView,
  QueueStore,
  StoreReport,
} from '../ports/queue-store.ts';

const OPERATIONS = ['claim', 'read', 'append', 'save', 'keep_alive', 'look'] as const;

/** What a call is for: `read` and `append` are the items' way, `save` all of a stop or a compaction, `look` is for people and orphans. */
export type StoreOperation = (typeof OPERATIONS)[number];

/** A store whose calls are timed, those that fail too. */
export class TimedStore implements QueueStore {
  readonly #store: QueueStore;
  readonly #now: () => number;
  readonly #durations = new Map(OPERATIONS.map((operation) => [operation, new DurationHistogram()] as const));

  constructor(store: QueueStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  get name(): string {
    return this.#store.name;
  }

  /** How long calls took so far. */
  get durations(): ReadonlyMap<StoreOperation, Pick<DurationHistogram, 'counts'>> {
    return this.#durations;
  }

  open(signal: AbortSignal): Promise<StoreReport> {
    return this.#store.open(signal);
  }

  claim(address: PartitionAddress, owner: string): Promise<PartitionClaim> {
    return this.#timed('claim', this.#store.claim(address, owner));
  }

  read(claim: PartitionClaim, from: number, limit: number): Promise<Uint8Array[]> {
    return this.#timed('read', this.#store.read(claim, from, limit));
  }

  readJournal(claim: PartitionClaim, from: number, limit: number): Promise<Uint8Array[]> {
    return this.#timed('read', this.#store.readJournal(claim, from, limit));
  }

  moveCursor(claim: PartitionClaim, cursor: number): Promise<PartitionClaim> {
    return this.#timed('append', this.#store.moveCursor(claim, cursor));
  }

  append(claim: PartitionClaim, offset: number, records: readonly Uint8Array[]): Promise<PartitionClaim> {
    return this.#timed('append', this.#store.append(claim, offset, records));
  }

  stage(claim: PartitionClaim, saveId: string, offset: number, records: readonly Uint8Array[]): Promise<void> {
    return this.#timed('save', this.#store.stage(claim, saveId, offset, records));
  }

  commit(claim: PartitionClaim, request: CommitRequest): Promise<PartitionClaim> {
    return this.#timed('save', this.#store.commit(claim, request));
  }

  keepAlive(claim: PartitionClaim): Promise<void> {
    return this.#timed('keep_alive', this.#store.keepAlive(claim));
  }

  release(claim: PartitionClaim): Promise<void> {
    return this.#timed('claim', this.#store.release(claim));
  }

  list(cluster: string): Promise<PartitionView[]> {
    return this.#timed('look', this.#store.list(cluster));
  }

  inspect(address: PartitionAddress): Promise<PartitionSnapshot | undefined> {
    return this.#timed('look', this.#store.inspect(address));
  }

  peek(snapshot: PartitionSnapshot, part: 'items' | 'journal', from: number, limit: number): Promise<Uint8Array[]> {
    return this.#timed('look', this.#store.peek(snapshot, part, from, limit));
  }

  assign(address: PartitionAddress, adopter: string | undefined): Promise<void> {
    return this.#timed('look', this.#store.assign(address, adopter));
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #timed<T>(operation: StoreOperation, call: Promise<T>): Promise<T> {
    const began = this.#now();
    try {
      return await call;
    } finally {
      this.#durations.get(operation)?.observe(this.#now() - began);
    }
  }
}
