import { StoreError } from '../core/mqueue/store-error.ts';
import type { PartitionAddress } from '../ports/queue-store.ts';
import type { Log } from '../ports/telemetry.ts';
import type { ServedPartition } from './keep-partition.ts';
import type { Entry } from './kept-partition.ts';
import { asStoreError, foldJournal } from './load-partition.ts';
import { type KeeperParts, PartitionKeeper, type SaveRequest } from './partition-keeper.ts';
import type { ServedQueue } from './served-queue.ts';
import { newSaveId, type Spill } from './spill.ts';
import type { SpillBase } from './spill-name.ts';

/**
 * How a queue ended. `spilled`: its store did not take it, the next start finds it in the spill. `lost`: that failed too. `fenced`: another
 * process has the queue; what was added here lies beside it in the store, for that process to adopt.
 */
export type SaveOutcome = 'saved' | 'spilled' | 'lost' | 'fenced';

export interface QueueSaverParts {
  readonly queue: ServedQueue;
  readonly address: PartitionAddress;
  readonly owner: string;
  readonly keeperParts: KeeperParts;
  readonly spill: Spill | undefined;
  readonly log: Log;
  /** The partition that is saved: the node's own, or an adopted one. Undefined with dbmode save, where nothing is read. */
  readonly own: ServedPartition | undefined;
  /** The claim, where there is one already. */
  readonly keeper: PartitionKeeper | undefined;
  /** Resolves when the store is open. */
  readonly opened: Promise<void>;
  /** Aborted when the time for the store is over: the rest is for the spill. */
  readonly giveUp: AbortSignal;
}

const saveTries = 3;
/** The store has not what was staged or claimed: from the start again, under a new claim. */
const anewCodes = ['STORE_GAP', 'STORE_CORRUPT'];
const noCopy = 'mqueue: the store was away at the stop, and no copy could be made';
const comesAgain = 'what was fetched last may be fetched again';

/** Brings one partition of a frozen queue into its store, or into the spill where the store is away. */
export class QueueSaver {
  readonly #parts: QueueSaverParts;
  #keeper: PartitionKeeper | undefined;
  /** The save that was tried last: it may have arrived. */
  #request: SaveRequest | undefined;
  #items = 0;
  /** With a journal: the store knows of items as removed that nobody has got. */
  #hasUnstored = false;
  /** The store has lost an adopted partition, and its owner has begun it anew. */
  #isForgotten = false;
  /** Not this node's own. */
  readonly #isAdopted: boolean;
  /** What was added here: it belongs to the own partition. */
  readonly #isCreated: (entry: Entry) => boolean;
  readonly #fields: Readonly<Record<string, string>>;

  constructor(parts: QueueSaverParts) {
    const { queue, own, address, keeperParts } = parts;
    this.#parts = parts;
    this.#keeper = parts.keeper;
    const isAdopted = own !== queue.shelf.own;
    this.#isAdopted = isAdopted;
    this.#isCreated = ({ mark }) => mark === undefined && !isAdopted;
    const which = isAdopted ? { partition: address.partition } : {};
    this.#fields = { queue: queue.name, ...which, store: keeperParts.store.name };
  }

  /** The claim; it may have been made only for the save. */
  get keeper(): PartitionKeeper | undefined {
    return this.#keeper;
  }

  /** Never rejects. */
  async run(): Promise<SaveOutcome> {
    const { log, giveUp, own } = this.#parts;
    try {
      await within(this.#toStore(), giveUp);
      if (own !== undefined || this.#items > 0)
        log.info('mqueue: queue saved', { ...this.#fields, items: this.#items });
      return 'saved';
    } catch (cause) {
      const error = asStoreError(cause);
      return error.code === 'STORE_FENCED' ? this.#endFenced(error) : this.#endWithout(error);
    }
  }

  #toStore(): Promise<void> {
    const { own, queue } = this.#parts;
    if (queue.definition.dbMode === 'save') return this.#append();
    if (own === undefined) return Promise.resolve();
    if (own.keeper.fenced !== undefined) return Promise.reject(own.keeper.fenced);
    return own.journal === undefined ? this.#replace(own) : this.#endJournal(own);
  }

  /** Behind what is there already, which others read. Who has claimed the partition meanwhile does not matter: nothing of it is replaced. */
  async #append(): Promise<void> {
    const { address, owner, keeperParts, spill, opened, giveUp } = this.#parts;
    if (!this.#has(this.#isCreated)) return;
    this.#request = { saveId: `0-${keeperParts.random.token(12)}`, mode: 'append' };
    for (let tries = 1; ; tries++) {
      try {
        if (this.#keeper === undefined) {
          await opened;
          this.#keeper = await PartitionKeeper.claimPatiently(keeperParts, address, owner, giveUp);
        }
        // What was spilled before comes before: the start may not have come so far.
        await spill?.recover(this.#keeper, true, giveUp);
        // It did arrive, and somebody has claimed the partition since.
        if (this.#keeper.claim.saveId === this.#request.saveId) return;
        await foldJournal(this.#keeper, giveUp);
        this.#items = await this.#keeper.save(this.#request, this.#records(this.#isCreated), giveUp);
        return;
      } catch (error) {
        if (!(error instanceof StoreError) || tries === saveTries) throw error;
        if (error.code !== 'STORE_FENCED' && !anewCodes.includes(error.code)) throw error;
        this.#keeper = undefined;
      }
    }
  }

  /** Durability `stop`: all that is left, or only the cursor where that says it all. */
  async #replace(own: ServedPartition): Promise<void> {
    const { queue, giveUp } = this.#parts;
    const { dbMode, leaseMs } = queue.definition;
    const isOwn = queue.shelf.isOf(own);
    const savesAdds = dbMode === 'both';
    const which = (entry: Entry): boolean => isOwn(entry) && (savesAdds || !this.#isCreated(entry));
    const isNew = savesAdds && (leaseMs > 0 || this.#has(this.#isCreated));
    if (own.cursor?.isWhole && !isNew) {
      try {
        await own.cursor.finish(giveUp);
        this.#items = own.held;
        return;
      } catch (error) {
        if (!(error instanceof StoreError) || !anewCodes.includes(error.code)) throw error;
        await this.#reclaim(own.keeper);
      }
    }
    own.cursor?.end();
    await this.#save(own.keeper, which);
  }

  async #save(keeper: PartitionKeeper, which: (entry: Entry) => boolean): Promise<void> {
    const { giveUp } = this.#parts;
    for (let tries = 1; ; tries++) {
      this.#request = { saveId: newSaveId(keeper), mode: 'replace', journalEnd: keeper.claim.journalEnd };
      try {
        this.#items = await keeper.save(this.#request, this.#records(which), giveUp);
        return;
      } catch (error) {
        if (!(error instanceof StoreError) || !anewCodes.includes(error.code) || tries === saveTries) throw error;
        await this.#reclaim(keeper);
      }
    }
  }

  /** Durability `always`: the journal has what was acknowledged. A new generation makes the next start quick. */
  async #endJournal(own: ServedPartition): Promise<void> {
    const { giveUp, queue } = this.#parts;
    const { keeper, journal, compactor, unstored } = own;
    if (journal === undefined || compactor === undefined) return;
    try {
      await journal.reached(journal.next);
      this.#items = [...this.#records(queue.shelf.isOf(own))].length;
      this.#hasUnstored = unstored.size > 0;
      const isLong = journal.next > keeper.claim.journalStart;
      if (isLong || this.#hasUnstored) await compactor.compact(giveUp);
      // There is nothing to write. Whether the store has what it had is asked once: a stop need not wait for it.
      else await keeper.keepAlive();
    } catch (error) {
      if (!(error instanceof StoreError) || !anewCodes.includes(error.code)) throw error;
      if (!(await keeper.alone(() => compactor.lost(error)))) throw error;
    }
  }

  /** Of a store that has forgotten the claim. Another one's partition may have its owner again by then, without what lies here. */
  async #reclaim(keeper: PartitionKeeper): Promise<void> {
    if (this.#isAdopted) {
      const { address, epoch } = keeper.claim;
      const inspect = () => keeper.parts.store.inspect(address);
      const now = await keeper.persist(inspect, this.#parts.giveUp).catch((error: unknown) => {
        // What is damaged is to be written anew.
        if (!anewCodes.includes(asStoreError(error).code)) throw error;
        return undefined;
      });
      this.#isForgotten = now !== undefined && now.epoch !== epoch;
      if (this.#isForgotten) throw new StoreError('STORE_FENCED', `${address.partition} has an owner again`);
    }
    await keeper.persist(() => keeper.alone(() => keeper.reclaim()), this.#parts.giveUp);
  }

  /** Another process has the queue. What came from the store is its business; what was added here is put beside it. */
  async #endFenced(error: StoreError): Promise<SaveOutcome> {
    const { queue, own, log, address, giveUp } = this.#parts;
    // Its owner is back, and has it again.
    if (this.#isAdopted && !this.#isForgotten) return 'fenced';
    const { dbMode, durability } = queue.definition;
    const which = this.#isAdopted ? queue.shelf.isOf(own) : this.#isCreated;
    const isPromised = this.#isForgotten || (dbMode === 'both' && durability === 'stop');
    if (!isPromised || own === undefined || !this.#has(which)) {
      log.error('mqueue: another process has the queue', { queue: queue.name, error: error.message });
      return 'fenced';
    }
    try {
      const keeper = await within(this.#deposit(which), giveUp);
      const { partition } = keeper.claim.address;
      const fields = { queue: queue.name, items: this.#items, partition, adopter: address.partition };
      if (this.#isForgotten) log.warn('mqueue: what the store has lost of an adopted partition lies beside it', fields);
      else log.error('mqueue: another process has the queue: what was added here lies beside it', fields);
      // All is there. Its adopter may have it by now; else it counts as owned for some time, no more.
      await within(keeper.release(), giveUp).catch(() => {});
      return 'fenced';
    } catch (cause) {
      this.#request = { saveId: newSaveId(own.keeper), mode: 'replace' };
      return this.#toSpill(asStoreError(cause), which);
    }
  }

  /** In a partition of its own, which whoever has the queue shall adopt. */
  async #deposit(which: (entry: Entry) => boolean): Promise<PartitionKeeper> {
    const { address, owner, keeperParts, giveUp } = this.#parts;
    const beside = { ...address, partition: `${address.partition}.fenced.${owner}` };
    const keeper = await PartitionKeeper.claimPatiently(keeperParts, beside, owner, giveUp);
    const request: SaveRequest = { saveId: newSaveId(keeper), mode: 'replace', journalEnd: keeper.claim.journalEnd };
    this.#items = await keeper.save(request, this.#records(which), giveUp);
    const assign = () => keeper.attempt((store) => store.assign(beside, address.partition));
    await keeper.persist(() => keeper.alone(assign), giveUp);
    return keeper;
  }

  /** The store did not take the queue. */
  #endWithout(error: StoreError): Promise<SaveOutcome> | SaveOutcome {
    const { queue, own, keeperParts } = this.#parts;
    const { shelf, definition } = queue;
    const which = definition.dbMode === 'save' ? this.#isCreated : shelf.isOf(own);
    if (!anewCodes.includes(error.code) && !this.#isDue(which)) return this.#leave(error, which);
    // Whoever waits for one of these gets nothing any more, also when the store answers now.
    own?.journal?.end(error);
    shelf.keepDoubtful(which);
    this.#request ??= {
      saveId: own === undefined ? `0-${keeperParts.random.token(12)}` : newSaveId(own.keeper),
      mode: 'replace',
    };
    return this.#toSpill(error, which);
  }

  /** The store has all that it was promised; a copy is for the case that it comes back empty. */
  async #leave(error: StoreError, which: (entry: Entry) => boolean): Promise<SaveOutcome> {
    const { queue, own, spill, address, log } = this.#parts;
    const fields = { ...this.#fields, error: error.message };
    const what = own?.journal === undefined ? comesAgain : 'it has the queue as its journal was last';
    if (own === undefined || spill === undefined || queue.definition.dbMode === 'load' || !this.#has(which)) {
      log.warn(`mqueue: the store was away at the stop: ${what}`, fields);
      return 'saved';
    }
    try {
      // Whoever waits for one of these is told that nobody knows, also when the store answers now.
      own.journal?.end(error);
      const saveId = newSaveId(own.keeper);
      const copied = await spill.put({ address, saveId, mode: 'replace', base: this.#base }, this.#records(which));
      const why = 'a copy is in the spill, for the case that it comes back empty';
      log.warn(`mqueue: the store was away at the stop: ${why}`, { ...fields, copied });
    } catch (cause) {
      log.warn(`${noCopy}: ${what}`, { ...fields, spill: asStoreError(cause).message });
    }
    return 'saved';
  }

  /** Whether the store lacks something that it was promised at the stop. With dbmode load that is nothing: what was fetched last may come again. */
  #isDue(which: (entry: Entry) => boolean): boolean {
    const { queue, own } = this.#parts;
    const { dbMode, leaseMs } = queue.definition;
    if (dbMode === 'load') return false;
    if (own?.journal !== undefined)
      return this.#hasUnstored || own.unstored.size > 0 || queue.shelf.leaving(which).length > 0;
    // An empty queue too: otherwise the old one would return.
    const isTold = own?.cursor?.isTold ?? true;
    return !isTold || this.#has((entry) => which(entry) && (this.#isCreated(entry) || leaseMs > 0));
  }

  async #toSpill(error: StoreError, which: (entry: Entry) => boolean): Promise<SaveOutcome> {
    const { spill, address, log } = this.#parts;
    const fields = { ...this.#fields, error: error.message };
    try {
      if (spill === undefined) throw new StoreError('STORE_REFUSED', 'there is no folder for spill files');
      const { saveId, mode } = this.#request!;
      const items = await spill.put({ address, saveId, mode, base: this.#base }, this.#records(which));
      log.error('mqueue: the store did not take the queue: it is in the spill for the next start', {
        ...fields,
        items,
      });
      return 'spilled';
    } catch (cause) {
      const failed = { ...fields, spill: asStoreError(cause).message };
      if (this.#isStored(error, which)) {
        log.warn(`${noCopy}: ${comesAgain}`, failed);
        return 'saved';
      }
      log.error('mqueue: items are lost', { ...failed, items: [...this.#records(which)].length });
      return 'lost';
    }
  }

  /** Whether all of these came from the store, and it says nothing against having them still. */
  #isStored(error: StoreError, which: (entry: Entry) => boolean): boolean {
    const { own } = this.#parts;
    if (own?.cursor === undefined || anewCodes.includes(error.code) || this.#isForgotten) return false;
    return !this.#has((entry) => which(entry) && this.#isCreated(entry));
  }

  #records(which: (entry: Entry) => boolean): Iterable<Uint8Array> {
    return this.#parts.queue.shelf.records(which);
  }

  /** What a store looks like that nobody has changed since, whatever of the last calls has arrived. */
  get #base(): SpillBase | undefined {
    const { own } = this.#parts;
    if (own === undefined) return undefined;
    const { generation, cursor, journalEnd, life } = own.keeper.claim;
    return {
      generation,
      cursor: own.cursor?.cursor ?? cursor,
      journalEnd: own.journal?.next ?? journalEnd,
      hasAdds: own.journal !== undefined,
      life,
    };
  }

  #has(which: (entry: Entry) => boolean): boolean {
    return this.#records(which)[Symbol.iterator]().next().done !== true;
  }
}

/** As `work`, but no longer than until the signal: a call that hangs holds up nothing. */
function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new StoreError('STORE_UNAVAILABLE', 'it did not answer in time'));
    signal.addEventListener('abort', late, { once: true });
    if (signal.aborted) late();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', late));
  });
}
