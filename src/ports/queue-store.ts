/** The unit of ownership: one queue's part that belongs to one node of a cluster. */
export interface PartitionAddress {
  readonly cluster: string;
  readonly queue: string;
  /** The StatefulSet ordinal, or the configured name of the node. */
  readonly partition: string;
}

/**
 * The right to write a partition, until somebody else claims it. A claim is a value: the calls that change the partition give the next
 * one. Positions of items count from the front of the committed generation, positions of the journal from its first record ever.
 */
export interface PartitionClaim {
  readonly address: PartitionAddress;
  readonly owner: string;
  /** One higher than that of the claim before. Items are named `<epoch>-<sequence>` after it. */
  readonly epoch: number;
  /**
   * The same for as long as the store remembers the partition and its epochs, another one when it has lost both and begins anew. Empty where
   * that does not happen, in files.
   */
  readonly life: string;
  /** The committed generation; 0 when nothing has been committed yet. */
  readonly generation: number;
  /** Items in the committed generation, the consumed ones in front included. */
  readonly count: number;
  /** How many of them, from the front, are consumed. */
  readonly cursor: number;
  /** The journal holds the records from `journalStart` to before `journalEnd`. */
  readonly journalStart: number;
  readonly journalEnd: number;
  /** The save that made the committed generation; undefined when nothing has been committed. */
  readonly saveId: string | undefined;
}

/** Where a partition's content lay at one moment, for who reads it without owning it. Positions are those of a claim. */
export type PartitionSnapshot = Omit<PartitionClaim, 'owner'>;

/** A partition as the store shows it to people and to those who look for orphans. */
export interface PartitionView {
  readonly address: PartitionAddress;
  readonly epoch: number;
  /** Undefined after a release. */
  readonly owner: string | undefined;
  /** Items of the committed generation that are not consumed. */
  readonly items: number;
  /** Records of the journal: with durability `always` what happened since the committed generation. */
  readonly journal: number;
  /** Milliseconds since the owner's last sign of life, by the store's clock. */
  readonly quietMs: number;
  /** The partition whose owner shall serve this one too. */
  readonly adopter: string | undefined;
}

/** What the store promises for what it has acknowledged. */
export interface StoreReport {
  /** For people, where something is allowed and yet worth a word: `volatile-lru` in Redis, a durability that can't be proven. */
  readonly notes: readonly string[];
}

export interface CommitRequest {
  readonly saveId: string;
  /** Records that have been staged under `saveId`; 0 needs no stage and commits an empty queue. */
  readonly count: number;
  /** `replace`: the staged list is the new generation. `append`: it goes behind what is left of the committed one (dbmode 2). */
  readonly mode: 'replace' | 'append';
  /** The journal up to before this position is contained in the new generation, and dropped with the commit. */
  readonly journalEnd: number;
}

/**
 * Keeps partitions of queues: lists of records (`core/mqueue/item-record.ts`), opaque bytes to the store, from 0 to some megabytes.
 * Every call rejects with a StoreError (`core/mqueue/store-error.ts`). Every call may be made again after STORE_UNAVAILABLE, although it may have been carried out: what
 * has been done is not done twice. Two calls for one partition are never under way at the same time. A record that is handed over or
 * given out belongs to the receiver.
 */
export interface QueueStore {
  /** `redis://10.0.0.9:6379`, `file:/var/lib/kdmq`: for people, without a password. */
  readonly name: string;
  /** Connects and looks whether the store is fit for queues. May be called again until it succeeds, and after that to look whether it still is. */
  open(signal: AbortSignal): Promise<StoreReport>;
  /** Takes the partition over: whoever had it is fenced. Makes it where it is missing. The same owner may claim again. */
  claim(address: PartitionAddress, owner: string): Promise<PartitionClaim>;
  /** Up to `limit` records of the committed generation from position `from` on. STORE_CORRUPT when one is missing before `claim.count`. */
  read(claim: PartitionClaim, from: number, limit: number): Promise<Uint8Array[]>;
  /** Up to `limit` records of the journal from position `from` on. STORE_CORRUPT when one is missing before `claim.journalEnd`. */
  readJournal(claim: PartitionClaim, from: number, limit: number): Promise<Uint8Array[]>;
  /** Items before `cursor` are consumed. Only forward: a smaller one changes nothing. */
  moveCursor(claim: PartitionClaim, cursor: number): Promise<PartitionClaim>;
  /** Puts records at the end of the journal. `offset` is the position of the first: what is there already is not put again. */
  append(claim: PartitionClaim, offset: number, records: readonly Uint8Array[]): Promise<PartitionClaim>;
  /** Stages records for a commit. `offset` counts from the first record staged under `saveId`: what is there already is not put again. */
  stage(claim: PartitionClaim, saveId: string, offset: number, records: readonly Uint8Array[]): Promise<void>;
  /**
   * Makes the staged records the committed generation, all or nothing, and resolves when they are as safe as the store can make them. The
   * same save again changes nothing. Fails with STORE_GAP when other than `count` records are staged.
   */
  commit(claim: PartitionClaim, request: CommitRequest): Promise<PartitionClaim>;
  /** Says that the owner lives. */
  keepAlive(claim: PartitionClaim): Promise<void>;
  /** Gives the partition up, so that nobody has to wait for its owner. An empty one (nothing to read, no journal) is removed; its epoch is remembered. */
  release(claim: PartitionClaim): Promise<void>;
  /** All partitions of a cluster. */
  list(cluster: string): Promise<PartitionView[]>;
  /** Where the content of a partition lies now; undefined where there is none. Nothing is claimed and the owner is not disturbed. */
  inspect(address: PartitionAddress): Promise<PartitionSnapshot | undefined>;
  /**
   * Up to `limit` records that a snapshot names, from position `from` on: of the committed generation or of the journal. STORE_GAP when
   * somebody has saved or claimed the partition since: what is there now is named by another `inspect`.
   */
  peek(snapshot: PartitionSnapshot, part: 'items' | 'journal', from: number, limit: number): Promise<Uint8Array[]>;
  /** Says who shall serve a partition beside its own; undefined takes it back. The partition's content is not touched, nobody is fenced. */
  assign(address: PartitionAddress, adopter: string | undefined): Promise<void>;
  /** Ends open calls with STORE_UNAVAILABLE and lets go of everything. Idempotent. */
  close(): Promise<void>;
}
