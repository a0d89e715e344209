import {
  formatItemId,
  itemDeliveries,
  itemId,
  RecordError,
  readRecord,
  setItemDeliveries,
  setItemDueAt,
} from '../core/mqueue/item-record.ts';
import { StoreError } from '../core/mqueue/store-error.ts';

/**
 * What a journal did since the generation was committed. It is read before the generation, so that no item has to be taken out of the
 * middle of a queue.
 */
export class JournalReplay {
  /** Items that the journal added, in the order of their adds. One that was removed keeps its place: it may be put back. */
  readonly #items = new Map<string, Uint8Array | undefined>();
  /** Of the generation's items. */
  readonly #removed = new Set<string>();
  readonly #delivered = new Map<string, number>();
  readonly #postponed = new Map<string, number>();
  #cleared = false;

  /** Takes the next record of the journal. Throws a StoreError when it can't be read. */
  take(bytes: Uint8Array): void {
    const entry = readStored(bytes);
    if (entry.kind === 'item') {
      const id = formatItemId(itemId(entry.record));
      // Put back after its removal: where it was.
      if (!this.#removed.delete(id)) this.#items.set(id, entry.record);
    } else if (entry.kind === 'cleared') {
      this.#items.clear();
      this.#removed.clear();
      this.#delivered.clear();
      this.#postponed.clear();
      this.#cleared = true;
    } else if (entry.kind === 'removed') {
      const id = formatItemId(entry.id);
      if (this.#items.has(id)) this.#items.set(id, undefined);
      else this.#removed.add(id);
    } else if (entry.kind === 'postponed') {
      const id = formatItemId(entry.id);
      const item = this.#items.get(id);
      if (item === undefined) this.#postponed.set(id, entry.dueAt);
      else setItemDueAt(item, entry.dueAt);
    } else {
      const id = formatItemId(entry.id);
      const item = this.#items.get(id);
      const more = entry.kind === 'delivered' ? 1 : -1;
      if (item === undefined) this.#delivered.set(id, (this.#delivered.get(id) ?? 0) + more);
      else setItemDeliveries(item, Math.max(0, itemDeliveries(item) + more));
    }
  }

  /** Whether an item of the generation is still there; its deliveries and when it is due are brought up to date. Throws a StoreError for what is no item. */
  keeps(record: Uint8Array): boolean {
    if (readStored(record).kind !== 'item') throw new StoreError('STORE_CORRUPT', 'a generation holds what is no item');
    if (this.#cleared) return false;
    if (this.#removed.size === 0 && this.#delivered.size === 0 && this.#postponed.size === 0) return true;
    const id = formatItemId(itemId(record));
    if (this.#removed.has(id)) return false;
    const delivered = this.#delivered.get(id);
    if (delivered !== undefined) setItemDeliveries(record, Math.max(0, itemDeliveries(record) + delivered));
    const dueAt = this.#postponed.get(id);
    if (dueAt !== undefined) setItemDueAt(record, dueAt);
    return true;
  }

  /** The journal's own items that are still there, oldest first. */
  *items(): Generator<Uint8Array> {
    for (const item of this.#items.values()) if (item !== undefined) yield item;
  }
}

function readStored(bytes: Uint8Array): ReturnType<typeof readRecord> {
  try {
    return readRecord(bytes);
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    const code = error.code === 'RECORD_NEWER' ? 'STORE_NEWER' : 'STORE_CORRUPT';
    throw new StoreError(code, error.message, { cause: error });
  }
}
