import type { ByteBudget } from './byte-budget.ts';
import { type ItemId, itemAddedAt, itemDueAt, itemId, itemKey, recordBytes } from './item-record.ts';
import type { AddMode } from './mqueue-definition.ts';

/** What a queue allows; every default is filled in. */
export interface MqueueLimits {
  /** Items at most, the delayed and the leased ones included; 0 is no limit. */
  readonly size: number;
  /** Bytes of the records at most. */
  readonly maxBytes: number;
  readonly addMode: AddMode;
  /** What an add does for which there is no room. */
  readonly whenFull: 'drop_oldest' | 'refuse';
  /** Milliseconds from the add until an item is thrown away; 0 is never. */
  readonly ttlMs: number;
}

/** An item in the queue. The mark says where a restored one came from; it means nothing here, and new items have none. */
export interface QueueEntry<Mark> {
  readonly record: Uint8Array;
  readonly mark: Mark | undefined;
}

/** The limit that an add hit: items of the queue, its bytes, or the bytes of all queues together. */
export type FullReason = 'size' | 'bytes' | 'total_bytes';

/** What became of an add. `dropped`: the oldest that made room, because of the limit `droppedFor`. */
export type AddOutcome<Mark> =
  | { readonly kind: 'added'; readonly dropped: readonly QueueEntry<Mark>[]; readonly droppedFor?: FullReason }
  | {
      readonly kind: 'replaced';
      readonly old: QueueEntry<Mark>;
      readonly dropped: readonly QueueEntry<Mark>[];
      readonly droppedFor?: FullReason;
    }
  | { readonly kind: 'kept'; readonly existing: QueueEntry<Mark> }
  | { readonly kind: 'refused'; readonly why: FullReason | 'too_large' };

/** Some ready items, and the token of the page behind them; undefined when there is none. */
export interface QueuePage<Mark> {
  readonly entries: QueueEntry<Mark>[];
  readonly next: number | undefined;
}

interface Held<Mark> extends QueueEntry<Mark> {
  readonly order: number;
  at: number;
}

/** The first form, which scans; the signatures stay. */
export class Mqueue<Mark> {
  readonly #limits: MqueueLimits;
  readonly #budget: ByteBudget;
  #ready: Held<Mark>[] = [];
  #delayed: Held<Mark>[] = [];
  #leased: Held<Mark>[] = [];
  #bytes = 0;
  #order = 0;

  constructor(limits: MqueueLimits, budget: ByteBudget) {
    this.#limits = limits;
    this.#budget = budget;
  }

  get size(): number {
    return this.#ready.length;
  }

  get delayed(): number {
    return this.#delayed.length;
  }

  get leased(): number {
    return this.#leased.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(entry: QueueEntry<Mark>, now: number): AddOutcome<Mark> {
    const { size, maxBytes, whenFull } = this.#limits;
    const bytes = recordBytes(entry.record);
    this.#admit(now);
    if (bytes > maxBytes || bytes > this.#budget.limit) return { kind: 'refused', why: 'too_large' };
    const old = this.#sameKey(entry);
    if (old !== undefined && this.#limits.addMode === 'keep_old') return { kind: 'kept', existing: old };
    const freed = old === undefined ? 0 : recordBytes(old.record);
    let held = this.#all().length - (old === undefined ? 0 : 1);
    let left = this.#bytes - freed;
    let all = this.#budget.used - freed;
    const victims: Held<Mark>[] = [];
    let droppedFor: FullReason | undefined;
    const candidates = [...this.#ready, ...this.#delayed].filter((one) => one !== old);
    for (;;) {
      const why =
        size > 0 && held >= size
          ? 'size'
          : left + bytes > maxBytes
            ? 'bytes'
            : all + bytes > this.#budget.limit
              ? 'total_bytes'
              : undefined;
      if (why === undefined) break;
      droppedFor ??= why;
      const victim = candidates[victims.length];
      if (whenFull === 'refuse' || victim === undefined) return { kind: 'refused', why };
      victims.push(victim);
      held--;
      left -= recordBytes(victim.record);
      all -= recordBytes(victim.record);
    }
    if (old !== undefined) this.#take(old);
    for (const victim of victims) this.#take(victim);
    this.#put(entry, now);
    const dropped = { dropped: victims, ...(droppedFor !== undefined && { droppedFor }) };
    return old === undefined ? { kind: 'added', ...dropped } : { kind: 'replaced', old, ...dropped };
  }

  restore(entry: QueueEntry<Mark>, now: number): AddOutcome<Mark> {
    const bytes = recordBytes(entry.record);
    this.#admit(now);
    if (bytes > this.#budget.limit) return { kind: 'refused', why: 'too_large' };
    const old = this.#sameKey(entry);
    if (old !== undefined && this.#limits.addMode === 'keep_old') return { kind: 'kept', existing: old };
    const freed = old === undefined ? 0 : recordBytes(old.record);
    if (this.#budget.used - freed + bytes > this.#budget.limit) return { kind: 'refused', why: 'total_bytes' };
    if (old !== undefined) this.#take(old);
    this.#put(entry, now);
    return old === undefined ? { kind: 'added', dropped: [] } : { kind: 'replaced', old, dropped: [] };
  }

  fetch(now: number): QueueEntry<Mark> | undefined {
    this.#admit(now);
    return this.#take(this.#ready[0]);
  }

  lease(now: number, until: number): QueueEntry<Mark> | undefined {
    this.#admit(now);
    const held = this.#ready.shift();
    if (held === undefined) return undefined;
    held.at = until;
    this.#leased.push(held);
    return held;
  }

  ack(id: ItemId, record?: Uint8Array): QueueEntry<Mark> | undefined {
    return this.#take(find(this.#leased, id, record));
  }

  nack(id: ItemId, dueAt?: number, record?: Uint8Array): QueueEntry<Mark> | undefined {
    const held = find(this.#leased, id, record);
    if (held === undefined) return undefined;
    this.#leased = this.#leased.filter((other) => other !== held);
    if (dueAt === undefined) this.#giveBack(held);
    else this.#delay(held, dueAt);
    return held;
  }

  remove(id: ItemId, record?: Uint8Array): QueueEntry<Mark> | undefined {
    return this.#take(find(this.#all(), id, record));
  }

  expireLeases(now: number): QueueEntry<Mark>[] {
    this.#admit(now);
    const over = this.#leased.filter(({ at }) => at <= now).sort((a, b) => a.order - b.order);
    this.#leased = this.#leased.filter(({ at }) => at > now);
    for (const held of over) this.#giveBack(held);
    return over;
  }

  expireItems(now: number): QueueEntry<Mark>[] {
    this.#admit(now);
    const over: QueueEntry<Mark>[] = [];
    while (this.#limits.ttlMs > 0 && this.#ready.length > 0) {
      if (itemAddedAt(this.#ready[0]!.record) + this.#limits.ttlMs > now) break;
      over.push(this.#take(this.#ready[0])!);
    }
    return over;
  }

  nextEventAt(): number | undefined {
    const times = [...this.#delayed, ...this.#leased].map(({ at }) => at);
    if (this.#limits.ttlMs > 0 && this.#ready.length > 0) times.push(this.oldestAddedAt()! + this.#limits.ttlMs);
    return times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b));
  }

  peek(after: number | undefined, limit: number): QueuePage<Mark> {
    const entries = this.#ready.filter(({ order }) => after === undefined || order > after);
    const page = entries.slice(0, limit);
    return { entries: page, next: entries.length > page.length ? page.at(-1)?.order : undefined };
  }

  all(): Iterable<QueueEntry<Mark>> {
    return this.#all();
  }

  clear(): QueueEntry<Mark>[] {
    const all = this.#all();
    for (const held of all) this.#take(held);
    return all;
  }

  oldestAddedAt(): number | undefined {
    return this.#ready[0] && itemAddedAt(this.#ready[0].record);
  }

  #all(): Held<Mark>[] {
    return [...this.#leased.toSorted((a, b) => a.order - b.order), ...this.#ready, ...this.#delayed];
  }

  #sameKey(entry: QueueEntry<Mark>): Held<Mark> | undefined {
    if (this.#limits.addMode === 'append') return undefined;
    const key = itemKey(entry.record).join();
    return this.#all().find((held) => itemKey(held.record).join() === key);
  }

  #put({ record, mark }: QueueEntry<Mark>, now: number): void {
    const held = { record, mark, order: this.#order++, at: 0 };
    this.#budget.take(recordBytes(record));
    this.#bytes += recordBytes(record);
    if (itemDueAt(record) > now) this.#delay(held, itemDueAt(record));
    else this.#ready.push(held);
  }

  #take(held: Held<Mark> | undefined): Held<Mark> | undefined {
    if (held === undefined) return undefined;
    const others = (list: Held<Mark>[]): Held<Mark>[] => list.filter((other) => other !== held);
    this.#ready = others(this.#ready);
    this.#delayed = others(this.#delayed);
    this.#leased = others(this.#leased);
    this.#bytes -= recordBytes(held.record);
    this.#budget.give(recordBytes(held.record));
    return held;
  }

  #delay(held: Held<Mark>, dueAt: number): void {
    held.at = dueAt;
    this.#delayed.push(held);
    this.#delayed.sort((a, b) => a.at - b.at);
  }

  #admit(now: number): void {
    const due = this.#delayed.filter(({ at }) => at <= now);
    this.#delayed = this.#delayed.filter(({ at }) => at > now);
    for (const { record, mark } of due) this.#ready.push({ record, mark, order: this.#order++, at: 0 });
  }

  #giveBack(held: Held<Mark>): void {
    this.#ready.push(held);
    this.#ready.sort((a, b) => a.order - b.order);
  }
}

function find<Mark>(list: Held<Mark>[], id: ItemId, record: Uint8Array | undefined): Held<Mark> | undefined {
  return list.find((held) => {
    const { epoch, sequence } = itemId(held.record);
    return epoch === id.epoch && sequence === id.sequence && (record === undefined || record === held.record);
  });
}
