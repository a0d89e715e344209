import { itemId } from '../core/mqueue/item-record.ts';
import { StoreError } from '../core/mqueue/store-error.ts';
import type { PartitionAddress, QueueStore } from '../ports/queue-store.ts';
import type { Log } from '../ports/telemetry.ts';
import { type KeeperParts, PartitionKeeper, type SaveRequest } from './partition-keeper.ts';

/** A save: `<epoch>-<random>`. The epoch is that of the claim under which it was made. */
export function newSaveId(keeper: PartitionKeeper): string {
  return `${keeper.claim.epoch}-${keeper.parts.random.token(12)}`;
}

export interface SpillParts {
  /** Over files of this machine. */
  readonly store: QueueStore;
  readonly cluster: string;
  readonly owner: string;
  readonly keeperParts: Omit<KeeperParts, 'store'>;
  readonly log: Log;
}

/**
 * Where queues go whose store is away when the process stops. A spilled queue carries the save that was tried, so that the next start
 * can tell whether it did arrive, and brings it to the store before the queue is read.
 */
export class Spill {
  readonly #parts: SpillParts;
  #isOpen = false;
  #partitions = new Set<string>();

  constructor(parts: SpillParts) {
    this.#parts = parts;
  }

  /** Looks what is there. A folder that can't be used is said, and is no reason not to serve. */
  async open(signal: AbortSignal): Promise<void> {
    const { store, cluster, log } = this.#parts;
    try {
      await store.open(signal);
      const views = await store.list(cluster);
      this.#partitions = new Set(views.map(({ address }) => keyOf(address)));
      this.#isOpen = true;
    } catch (error) {
      log.warn('mqueue: no folder for spill files: what a store does not take at a stop is lost', {
        folder: store.name,
        error: messageOf(error),
      });
    }
  }

  /**
   * Brings what an earlier stop left behind into the store. Rejects with a StoreError when it can't be read or the store is away; it is
   * still there then.
   */
  async recover(keeper: PartitionKeeper, appends: boolean, signal: AbortSignal): Promise<void> {
    const { address } = keeper.claim;
    if (!this.#partitions.has(keyOf(address))) return;
    const spilled = await PartitionKeeper.claim(this.#keeperParts(), address, this.#parts.owner);
    const { saveId, count, cursor } = spilled.claim;
    const fields = { queue: address.queue, items: count - cursor };
    if (saveId === undefined || count === cursor) {
      // It was brought over before, and this process died while it was removed.
    } else if (keeper.claim.saveId === saveId || keeper.claim.saveId === ownPart(saveId)) {
      this.#parts.log.info('mqueue: the last save did arrive, the spilled copy is not needed', fields);
    } else {
      const epoch = Number.parseInt(saveId, 10);
      const isNext = keeper.claim.epoch === epoch + 1;
      const request: SaveRequest = appends
        ? { saveId, mode: 'append' }
        : isNext
          ? { saveId, mode: 'replace', journalEnd: keeper.claim.journalEnd }
          : { saveId: ownPart(saveId), mode: 'append' };
      const only = appends || isNext ? undefined : epoch;
      const items = await keeper.saveAll(request, pagesOf(spilled, only, signal), signal);
      this.#parts.log.info('mqueue: what was spilled at the last stop is in the store', { ...fields, taken: items });
    }
    await this.#drop(spilled, signal);
  }

  /** Writes a queue into the spill. Rejects when that fails too. */
  async put(address: PartitionAddress, request: SaveRequest, records: Iterable<Uint8Array>): Promise<number> {
    if (!this.#isOpen) throw new StoreError('STORE_REFUSED', `${this.#parts.store.name} could not be opened`);
    const once = AbortSignal.abort();
    const keeper = await PartitionKeeper.claim(this.#keeperParts(), address, this.#parts.owner);
    const items = await keeper.save(request, records, once);
    await keeper.release();
    return items;
  }

  async #drop(spilled: PartitionKeeper, signal: AbortSignal): Promise<void> {
    const saveId = `dropped-${this.#parts.keeperParts.random.token(12)}`;
    await spilled.save({ saveId, mode: 'replace', journalEnd: spilled.claim.journalEnd }, [], signal);
    await spilled.release();
    this.#partitions.delete(keyOf(spilled.claim.address));
  }

  #keeperParts(): KeeperParts {
    return { ...this.#parts.keeperParts, store: this.#parts.store };
  }

  close(): Promise<void> {
    return this.#parts.store.close();
  }
}

/** With `epoch` only the items that were added under it: the others are the business of who has claimed the partition since. */
async function* pagesOf(spilled: PartitionKeeper, epoch: number | undefined, signal: AbortSignal) {
  for await (const { records } of spilled.pages(signal)) {
    yield epoch === undefined ? records : records.filter((record) => itemId(record).epoch === epoch);
  }
}

/** The save that takes only a part of a spilled one. */
function ownPart(saveId: string): string {
  return `${saveId}.own`;
}

function keyOf({ cluster, queue, partition }: PartitionAddress): string {
  return JSON.stringify([cluster, queue, partition]);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
