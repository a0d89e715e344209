import { StoreError } from '../core/mqueue/store-error.ts';
import type { PartitionAddress, PartitionView } from '../ports/queue-store.ts';
import type { Log } from '../ports/telemetry.ts';
import { Backoff, pause } from './backoff.ts';
import { mayLive } from './former-owner.ts';
import { keepPartition, type ServedPartition } from './keep-partition.ts';
import { asStoreError, foldJournal, type LoadedItem, loadPartition } from './load-partition.ts';
import { OutageLog } from './outage-log.ts';
import { type KeeperParts, PartitionKeeper } from './partition-keeper.ts';
import { QueueError } from './queue-error.ts';
import { QueueSaver, type QueueSaverParts, type SaveOutcome } from './queue-saver.ts';
import type { ServedQueue } from './served-queue.ts';
import { SignsOfLife } from './signs-of-life.ts';
import type { Spill } from './spill.ts';

/** Somebody may mend what can't be read. */
const brokenPauseMs = 30_000;

export interface QueueStorageParts {
  readonly queue: ServedQueue;
  readonly address: PartitionAddress;
  readonly owner: string;
  readonly keeperParts: KeeperParts;
  readonly spill: Spill | undefined;
  readonly log: Log;
  readonly timeoutMs: number;
  readonly compactAbove: number;
  /** Resolves when the store is open. */
  readonly opened: Promise<void>;
}

/** One queue and its store: reads it at the start, keeps its claims, takes in partitions that others left, saves it at the stop. */
export class QueueStorage {
  readonly #parts: QueueStorageParts;
  readonly #ending = new AbortController();
  readonly #outage: OutageLog;
  readonly #signs: SignsOfLife;
  readonly #adopted = new Set<ServedPartition>();
  /** Of partitions that are being adopted: reading them may take long. */
  readonly #adopting = new Set<PartitionKeeper>();
  /** Adopted partitions that are empty and about to go. */
  readonly #finishing = new Set<Promise<void>>();
  #keeper: PartitionKeeper | undefined;
  #own: ServedPartition | undefined;
  #running: Promise<void> | undefined;
  /** The own partition as it was before this process claimed it. */
  #before: PartitionView | undefined;
  readonly #loaded = Promise.withResolvers<void>();

  constructor(parts: QueueStorageParts) {
    this.#parts = parts;
    this.#outage = new OutageLog(parts.log, parts.keeperParts.clock);
    const { keeperParts, log, timeoutMs } = parts;
    this.#signs = new SignsOfLife({ ...keeperParts, log, timeoutMs, signal: this.#ending.signal });
    // Whoever asks gets the error; that nobody does is no error.
    this.#loaded.promise.catch(() => {});
    if (!this.isRead) this.#open(undefined);
  }

  get queue(): ServedQueue {
    return this.#parts.queue;
  }

  /** Whether the queue is read at the start at all. */
  get isRead(): boolean {
    return this.queue.definition.dbMode !== 'save';
  }

  /** Resolves when the queue has been read, at once where it never is. Rejects when the node stops before, or the queue is fenced. */
  get loaded(): Promise<void> {
    return this.#loaded.promise;
  }

  /** Whether a partition is claimed here. */
  serves(partition: string): boolean {
    if (partition === this.#parts.address.partition) return true;
    return [...this.#adopted].some(({ keeper }) => keeper.claim.address.partition === partition);
  }

  /** Whether it is a former process of this node, from which this one has its own partition: what else it had is this node's too. */
  hasSucceeded(owner: string | undefined): boolean {
    return owner !== undefined && owner === this.#before?.owner && this.#keeper !== undefined;
  }

  /**
   * Begins to read the queue; that is tried until it is read.
   *
   * @param before how the own partition stands until now, where that is known.
   */
  start(before?: PartitionView): void {
    this.#before ??= before;
    this.#running ??= this.#run();
  }

  /**
   * Why adds and fetches fail although the queue has been read: with durability `always` its store has been away for longer than they
   * wait, or refuses. Undefined when they don't.
   */
  get trouble(): StoreError | undefined {
    const journal = this.#own?.journal;
    return journal && (journal.trouble ?? this.#signs.silence);
  }

  /** Tells the store that the owner of its partitions lives. What it answers shows whether it still is the owner. */
  keepAlive(): void {
    for (const partition of this.#adopted) void this.#signs.give(partition.keeper, partition);
    for (const keeper of this.#adopting) void this.#signs.give(keeper, undefined);
    if (this.#keeper !== undefined) void this.#signs.give(this.#keeper, this.#own);
  }

  /**
   * Takes up what the last stop had to leave in the spill of partitions that were adopted. Rejects when the store is away; it is still there
   * then.
   */
  async takeUpSpilled(): Promise<void> {
    const { spill, address, keeperParts } = this.#parts;
    if (spill === undefined) return;
    for (const other of spill.besides(address)) {
      if (this.serves(other.partition)) continue;
      const found = await spill.settle(other, address.partition, keeperParts.store, this.#ending.signal);
      if (found !== undefined && !this.serves(found.partition)) await this.adopt(found, address.partition);
    }
  }

  /**
   * Claims a partition that nobody serves, and serves its items beside the own ones. `adopter` is to whom it is assigned. Rejects when it
   * can't be read.
   */
  async adopt(address: PartitionAddress, adopter: string | undefined): Promise<void> {
    const { queue, owner, keeperParts, spill, log } = this.#parts;
    const { signal } = this.#ending;
    const keeper = await PartitionKeeper.claim(keeperParts, address, owner);
    keeper.adopter = adopter;
    let partition: ServedPartition | undefined;
    // All is read before any of it is served.
    const pages: LoadedItem[][] = [];
    this.#adopting.add(keeper);
    try {
      await spill?.recover(keeper, false, signal);
      await this.#fold(keeper);
      const kept = this.#keep(keeper, (error) => this.#lose(kept, error));
      partition = kept;
      for await (const page of loadPartition(keeper, queue.definition.durability === 'always', signal))
        pages.push(page);
      await keeper.keepAlive();
      signal.throwIfAborted();
      const now = queue.shelf.now();
      for (const page of pages) {
        for (const { record, position } of page) queue.shelf.restore(record, partition, position, now);
      }
    } catch (error) {
      if (partition !== undefined) queue.shelf.discard(partition);
      await keeper.release().catch(() => {});
      throw error;
    } finally {
      this.#adopting.delete(keeper);
    }
    this.#adopted.add(partition);
    queue.shelf.addPartition(partition);
    const items = pages.reduce((sum, page) => sum + page.length, 0);
    log.info('mqueue: partition adopted', { queue: queue.name, partition: address.partition, items });
    queue.shelf.buryExhausted();
    queue.look();
    if (partition.held === 0) this.#finish(partition);
  }

  /** The queue is frozen: brings it into its store until `giveUp`, or else into the spill. Never rejects. */
  async stop(giveUp: AbortSignal): Promise<ReadonlySet<SaveOutcome>> {
    const { queue, address } = this.#parts;
    this.#ending.abort();
    this.#loaded.reject(new QueueError('QUEUE_STOPPED', `queue ${queue.name} is stopped`));
    await unlessAborted(this.#running, giveUp);
    await unlessAborted(Promise.all(this.#finishing), giveUp);
    const adopted = [...this.#adopted].map(async (partition): Promise<SaveOutcome> => {
      const { keeper } = partition;
      const outcome = await this.#save({ address: keeper.claim.address, own: partition, keeper, giveUp });
      // Its owner has it again, which is as it should be.
      return outcome === 'fenced' ? 'saved' : outcome;
    });
    const own = this.#save({ address, own: this.#own, keeper: this.#keeper, giveUp });
    return new Set(await Promise.all([own, ...adopted]));
  }

  async #save(which: Pick<QueueSaverParts, 'address' | 'own' | 'keeper' | 'giveUp'>): Promise<SaveOutcome> {
    const { own, giveUp } = which;
    const saver = new QueueSaver({ ...this.#parts, ...which });
    const outcome = await saver.run();
    own?.cursor?.end();
    own?.journal?.end(new StoreError('STORE_UNAVAILABLE', 'the node stops'));
    if (saver.keeper?.fenced === undefined) await unlessAborted(saver.keeper?.release(), giveUp);
    return outcome;
  }

  async #run(): Promise<void> {
    const { queue, keeperParts, log } = this.#parts;
    const { signal } = this.#ending;
    const backoff = new Backoff(keeperParts.random, 100, 5_000);
    const fields = { queue: queue.name, store: keeperParts.store.name };
    while (!signal.aborted) {
      try {
        await this.#load();
        this.#outage.over('mqueue: the queue could be read', fields);
        return;
      } catch (cause) {
        const error = cause instanceof QueueError ? cause : asStoreError(cause);
        if (signal.aborted || error.code === 'STORE_FENCED') return;
        const passes = error.code === 'STORE_UNAVAILABLE';
        if (this.isRead) queue.setStage(passes ? 'loading' : 'failed', error.message);
        const told = { ...fields, error: error.message };
        this.#outage.failed(passes ? 'warn' : 'error', 'mqueue: the queue can not be read', told);
        await pause(keeperParts.clock, passes ? backoff.next() : brokenPauseMs, signal);
      }
    }
    log.debug('mqueue: the queue was not read', fields);
  }

  async #load(): Promise<void> {
    const { queue, address, owner, keeperParts, spill, log } = this.#parts;
    const { signal } = this.#ending;
    if (this.#keeper === undefined) {
      this.#keeper = await PartitionKeeper.claim(keeperParts, address, owner);
      this.#warnOfRival();
    }
    const keeper = this.#keeper;
    if (this.isRead) keeper.onFenced = (error) => this.#fencedBy(error);
    await spill?.recover(keeper, !this.isRead, signal);
    if (!this.isRead) {
      await foldJournal(keeper, signal);
      return;
    }
    await this.#fold(keeper);
    const own = this.#keep(keeper, (error) => this.#fencedBy(error));
    let items = 0;
    try {
      for await (const page of loadPartition(keeper, queue.definition.durability === 'always', signal)) {
        const now = queue.shelf.now();
        for (const { record, position } of page) queue.shelf.restore(record, own, position, now);
        items += page.length;
      }
      // Reading asks nobody for a right: who has been fenced meanwhile shall not serve.
      await keeper.keepAlive();
      signal.throwIfAborted();
    } catch (error) {
      queue.shelf.discard(own);
      throw error;
    }
    log.info('mqueue: queue read', {
      queue: queue.name,
      partition: address.partition,
      items,
      store: keeperParts.store.name,
    });
    this.#open(own);
  }

  /** The owner before had not given the queue up. It was killed, or lives, and nothing here can tell. */
  #warnOfRival(): void {
    const { log, address } = this.#parts;
    const before = this.#before;
    if (before === undefined || !mayLive(before)) return;
    log.warn(
      'mqueue: the owner of this queue gave a sign of life a moment ago and has lost it to this node: it was killed, or two nodes have the same partition',
      { ...address, owner: before.owner, quiet_ms: Math.round(before.quietMs) },
    );
  }

  /** Without a journal of its own a queue counts from the cursor of the generation into which a journal from before is folded. */
  async #fold(keeper: PartitionKeeper): Promise<void> {
    if (this.queue.definition.durability !== 'always') await foldJournal(keeper, this.#ending.signal);
  }

  #open(own: ServedPartition | undefined): void {
    this.#own = own;
    this.queue.open(own);
    this.#loaded.resolve();
  }

  #keep(keeper: PartitionKeeper, fenced: (error: StoreError) => void): ServedPartition {
    const { queue, log, timeoutMs, compactAbove } = this.#parts;
    const { signal } = this.#ending;
    const emptied = (partition: ServedPartition): void => this.#finish(partition);
    return keepPartition({ queue, keeper, log, timeoutMs, compactAbove, signal, fenced, emptied });
  }

  #fencedBy(error: StoreError): void {
    const { queue, log, address } = this.#parts;
    if (this.#ending.signal.aborted || queue.stage === 'fenced') return;
    log.error('mqueue: another process has claimed the queue', { ...address, error: error.message });
    queue.setStage('fenced', error.message);
    this.#own?.cursor?.end();
    this.#own?.journal?.end(error);
    this.#loaded.reject(
      new QueueError('QUEUE_FENCED', `queue ${queue.name} belongs to another process: ${error.message}`),
    );
  }

  /** All items of an adopted partition have left: it goes. */
  #finish(partition: ServedPartition): void {
    if (!this.#adopted.delete(partition)) return;
    const going = this.#release(partition).finally(() => this.#finishing.delete(going));
    this.#finishing.add(going);
  }

  async #release(partition: ServedPartition): Promise<void> {
    const { log } = this.#parts;
    const { signal } = this.#ending;
    const { keeper, cursor, compactor } = partition;
    const { address } = keeper.claim;
    try {
      if (cursor !== undefined) await cursor.finish(signal);
      else await compactor?.compact(signal);
      await keeper.release();
      log.info('mqueue: adopted partition is empty', { ...address });
    } catch (error) {
      // The stop tries it again, and has a spill.
      if (signal.aborted && keeper.fenced === undefined) {
        this.#adopted.add(partition);
        return;
      }
      log.warn('mqueue: an adopted partition could not be given up', {
        ...address,
        error: asStoreError(error).message,
      });
    }
    this.queue.shelf.removePartition(partition);
  }

  /** An adopted partition belongs to somebody else again, and so do its items. */
  #lose(partition: ServedPartition, error: StoreError): void {
    this.#adopted.delete(partition);
    this.queue.shelf.discard(partition);
    partition.cursor?.end();
    partition.journal?.end(error);
    this.#parts.log.warn('mqueue: an adopted partition belongs to somebody else', {
      ...partition.keeper.claim.address,
      error: error.message,
    });
  }
}

/** Waits for work that has a limit of its own; how it ends is told elsewhere. */
function unlessAborted(work: Promise<unknown> | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      signal.removeEventListener('abort', end);
      resolve();
    };
    signal.addEventListener('abort', end);
    if (work === undefined || signal.aborted) end();
    else work.then(end, end);
  });
}
