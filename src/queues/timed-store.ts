import { DurationHistogram } from '../core/duration-histogram.ts';
import { StoreError } from '../core/mqueue/store-error.ts';
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

/** Whether the store answers, as the last call showed. */
export interface StoreView {
  /** `unused`: there was no call yet. */
  readonly state: 'unused' | 'answered' | 'failing';
  /** Why the last call got no answer. */
  readonly detail: string;
}

/** A store whose calls are watched: how long they take, those that fail too, and whether it answers. */
export class TimedStore implements QueueStore {
  readonly #store: QueueStore;
  readonly #now: () => number;
  #view: StoreView = { state: 'unused', detail: '' };
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

  /** Whether it answers. Owners of partitions give signs of life, so that this is known while nobody asks for anything. */
  get view(): StoreView {
    return this.#view;
  }

  open(signal: AbortSignal): Promise<StoreReport> {
    return this.#seen(this.#store.open(signal));
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
      return await this.#seen(call);
    } finally {
      this.#durations.get(operation)?.observe(this.#now() - began);
    }
  }

  async #seen<T>(call: Promise<T>): Promise<T> {
    try {
      const answer = await call;
      this.#view = { state: 'answered', detail: '' };
      return answer;
    } catch (cause) {
      const isAway = cause instanceof StoreError && cause.code === 'STORE_UNAVAILABLE';
      this.#view = isAway ? { state: 'failing', detail: cause.message } : { state: 'answered', detail: '' };
      throw cause;
    }
  }
}
