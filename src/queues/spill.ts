import { itemId } from '../core/mqueue/item-record.ts';
import { StoreError } from '../core/mqueue/store-error.ts';
import type { PartitionAddress, PartitionClaim, PartitionSnapshot, QueueStore } from '../ports/queue-store.ts';
import type { Log } from '../ports/telemetry.ts';
import { type KeeperParts, PartitionKeeper, type SaveRequest } from './partition-keeper.ts';
import { droppedName, formatSpillName, parseSpillName, type SpillName } from './spill-name.ts';

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

export interface SpillRequest extends SpillName {
  readonly address: PartitionAddress;
  readonly mode: SaveRequest['mode'];
}

/**
 * Where queues go whose store is away when the process stops. A spilled queue carries the save that was tried, so that the next start
 * can tell whether it did arrive, and brings it to the store before the queue is read.
 */
export class Spill {
  readonly #parts: SpillParts;
  #isOpen = false;
  #partitions = new Map<string, PartitionAddress>();
  /** Saves that have been dealt with, and perhaps could not be removed here. */
  readonly #settled = new Set<string | undefined>();

  constructor(parts: SpillParts) {
    this.#parts = parts;
  }

  /** Looks what is there. A folder that can't be used is said, and is no reason not to serve. */
  async open(signal: AbortSignal): Promise<void> {
    const { store, cluster, log } = this.#parts;
    try {
      await store.open(signal);
      const views = await store.list(cluster);
      this.#partitions = new Map(views.map(({ address }) => [keyOf(address), address]));
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
    const { count, cursor } = spilled.claim;
    const fields = { queue: address.queue, items: count - cursor };
    const name = parseSpillName(spilled.claim.saveId);
    if (name === undefined) {
      // It was brought over before, and this process died while it was removed.
    } else if (keeper.claim.saveId === name.saveId || keeper.claim.saveId === ownPart(name.saveId)) {
      this.#parts.log.info('mqueue: the last save did arrive, the spilled copy is not needed', fields);
    } else if (name.base?.hasAdds === true && whatBecameOf(keeper.claim, name) === 'served') {
      this.#parts.log.warn(
        'mqueue: somebody else has served a spilled queue: it is in the store, not the spilled copy',
        fields,
      );
    } else {
      const { saveId, base } = name;
      const epoch = epochOf(name);
      // What was read from the store, and spilled with it, goes behind nothing, whatever the dbmode is by now.
      const fate = appends && base === undefined ? 'forgotten' : whatBecameOf(keeper.claim, name);
      const request: SaveRequest =
        fate === 'unchanged'
          ? { saveId, mode: 'replace', journalEnd: keeper.claim.journalEnd }
          : { saveId: fate === 'forgotten' ? saveId : ownPart(saveId), mode: 'append' };
      // A store that comes back empty counts from the beginning: its names would be those of spilled items.
      if (keeper.claim.epoch <= epoch) {
        await keeper.persist(() => keeper.alone(() => keeper.reclaim(epoch)), signal);
      }
      const items = await keeper.saveAll(
        request,
        pagesOf(spilled, fate === 'served' ? epoch : undefined, signal),
        signal,
      );
      this.#parts.log.info('mqueue: what was spilled at the last stop is in the store', { ...fields, taken: items });
    }
    await this.#drop(spilled);
  }

  /** Other partitions of the same queue: they had been adopted. */
  besides({ queue, partition }: PartitionAddress): PartitionAddress[] {
    return [...this.#partitions.values()].filter((each) => each.queue === queue && each.partition !== partition);
  }

  /**
   * Looks what has become in the store of another partition of which something is here, without claiming it: its owner may be back.
   * Resolves with what is to be adopted: this partition when nobody has had it since, for `recover` then; or one beside it, assigned to
   * `adopter`, with what nobody else can have, and nothing is here any more. Rejects when that can't be done now.
   */
  async settle(
    address: PartitionAddress,
    adopter: string,
    store: QueueStore,
    signal: AbortSignal,
  ): Promise<PartitionAddress | undefined> {
    const { owner, log } = this.#parts;
    const spilled = await PartitionKeeper.claim(this.#keeperParts(), address, owner);
    const name = parseSpillName(spilled.claim.saveId);
    const fields = { queue: address.queue, partition: address.partition };
    let beside: PartitionAddress | undefined;
    if (name !== undefined && !this.#settled.has(spilled.claim.saveId)) {
      const now = await store.inspect(address);
      if (now?.epoch === epochOf(name) && isSameLife(now, name)) return address;
      if (now?.saveId === name.saveId) {
        log.info('mqueue: the last save did arrive, the spilled copy is not needed', fields);
      } else if (name.base === undefined || isForgotten(now, name)) {
        beside = await this.#putBeside(spilled, name, undefined, { adopter, store, signal });
      } else {
        log.warn('mqueue: somebody else has served a spilled queue: it is in the store, not the spilled copy', fields);
        // Its journal has all that was added; without one that is here.
        if (!name.base.hasAdds) {
          beside = await this.#putBeside(spilled, name, epochOf(name), { adopter, store, signal });
        }
      }
    }
    this.#settled.add(spilled.claim.saveId);
    await this.#drop(spilled);
    return beside;
  }

  /** With `epoch` only what was added under it. */
  async #putBeside(
    spilled: PartitionKeeper,
    { saveId }: SpillName,
    epoch: number | undefined,
    { adopter, store, signal }: { adopter: string; store: QueueStore; signal: AbortSignal },
  ): Promise<PartitionAddress | undefined> {
    const { address } = spilled.claim;
    const beside = { ...address, partition: `${address.partition}.spilled.${saveId}` };
    // Before an end of the process, or of the store, it may have been put there.
    if ((await store.inspect(beside))?.saveId === saveId) return beside;
    const once = AbortSignal.abort();
    const keeper = await PartitionKeeper.claim(this.#keeperParts(store), beside, this.#parts.owner);
    // First: what is in the store and assigned to nobody would be served by nobody.
    await keeper.alone(() => keeper.attempt(() => store.assign(beside, adopter)));
    const items = await keeper.saveAll({ saveId, mode: 'replace' }, pagesOf(spilled, epoch, signal), once);
    await keeper.release().catch(() => {});
    if (items === 0) return undefined;
    const fields = { queue: address.queue, partition: beside.partition, items };
    this.#parts.log.info('mqueue: what was spilled at the last stop is in the store', fields);
    return beside;
  }

  /** Writes a queue into the spill. Rejects when that fails too. */
  async put({ address, mode, ...name }: SpillRequest, records: Iterable<Uint8Array>): Promise<number> {
    if (!this.#isOpen) throw new StoreError('STORE_REFUSED', `${this.#parts.store.name} could not be opened`);
    const once = AbortSignal.abort();
    const keeper = await PartitionKeeper.claim(this.#keeperParts(), address, this.#parts.owner);
    const items = await keeper.save({ saveId: formatSpillName(name), mode }, records, once);
    // With the release of an empty one it would be gone that it is empty.
    if (items > 0) await keeper.release();
    return items;
  }

  /** Tried once: who waits for it tries again, and says why it waits. */
  async #drop(spilled: PartitionKeeper): Promise<void> {
    const once = AbortSignal.abort();
    const saveId = droppedName(this.#parts.keeperParts.random.token(12));
    await spilled.save({ saveId, mode: 'replace', journalEnd: spilled.claim.journalEnd }, [], once);
    await spilled.release();
    this.#partitions.delete(keyOf(spilled.claim.address));
  }

  #keeperParts(store = this.#parts.store): KeeperParts {
    return { ...this.#parts.keeperParts, store };
  }

  close(): Promise<void> {
    return this.#parts.store.close();
  }
}

/** That of the claim under which it was spilled. */
function epochOf({ saveId }: SpillName): number {
  return Number.parseInt(saveId, 10);
}

/**
 * What became of the partition in the store since it was spilled, as a claim of now shows it. `unchanged`: nobody has done anything with
 * it, or the store has forgotten it and nobody has served it since, so that the spilled one takes its place; a process may have claimed it
 * and died. `forgotten`: others have begun it anew, so what is spilled comes behind. `served`: others have gone on with it.
 */
function whatBecameOf(claim: PartitionClaim, name: SpillName): 'unchanged' | 'forgotten' | 'served' {
  const { generation, cursor, journalStart, journalEnd, epoch } = claim;
  if (generation === 0 && journalEnd === journalStart) return 'unchanged';
  if (!isSameLife(claim, name)) return 'forgotten';
  // Lower than it would be at least: the store is as it once was.
  if (epoch <= epochOf(name) + 1) return 'unchanged';
  const { base } = name;
  if (base === undefined) return 'served';
  if (generation < base.generation) return 'forgotten';
  return generation === base.generation && cursor <= base.cursor && journalEnd <= base.journalEnd
    ? 'unchanged'
    : 'served';
}

/** Whether the store has not what it had when the partition was spilled. */
function isForgotten(now: PartitionSnapshot | undefined, name: SpillName): boolean {
  if (now === undefined || now.epoch < epochOf(name) || !isSameLife(now, name)) return true;
  const { base } = name;
  // It was claimed anew, and nothing was saved.
  if (now.generation === 0 && now.journalEnd === now.journalStart) return true;
  // A journal that is shorter proves nothing: what was on its way at the stop may never have arrived.
  return base !== undefined && now.generation < base.generation;
}

function isSameLife({ life }: Pick<PartitionSnapshot, 'life'>, { base }: SpillName): boolean {
  return base === undefined || base.life === life;
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
