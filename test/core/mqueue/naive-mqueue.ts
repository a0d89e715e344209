import type { ByteBudget } from '../../../src/core/mqueue/byte-budget.ts';
import {
  type ItemId,
  itemAddedAt,
  itemDueAt,
  itemId,
  itemKey,
  setItemDueAt,
} from '../../../src/core/mqueue/item-record.ts';
import {
  type AddOutcome,
  itemOverheadBytes,
  type MqueueLimits,
  type QueueEntry,
  type QueuePage,
} from '../../../src/core/mqueue/mqueue.ts';

interface NaiveItem extends QueueEntry<string> {
  readonly state: 'ready' | 'delayed' | 'leased';
  /** When it became ready, or was delayed. */
  readonly order: number;
  /** When it is due or its lease ends. */
  readonly at: number;
}

const isReady = ({ state }: NaiveItem): boolean => state === 'ready';
const byOrder = (one: NaiveItem, other: NaiveItem): number => one.order - other.order;
const byTime = (one: NaiveItem, other: NaiveItem): number => one.at - other.at || byOrder(one, other);
const cost = ({ record }: QueueEntry<string>): number => record.length + itemOverheadBytes;
const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);

/** What a queue does, said in the plainest way: one array that is searched and sorted at every call. */
export class NaiveMqueue {
  readonly #limits: MqueueLimits;
  readonly #budget: ByteBudget;
  #items: NaiveItem[] = [];
  #order = 0;

  constructor(limits: MqueueLimits, budget: ByteBudget) {
    this.#limits = limits;
    this.#budget = budget;
  }

  get ready(): NaiveItem[] {
    return this.#items.filter(isReady).sort(byOrder);
  }

  get delayed(): NaiveItem[] {
    return this.#items.filter(({ state }) => state === 'delayed').sort(byTime);
  }

  get leased(): NaiveItem[] {
    return this.#items.filter(({ state }) => state === 'leased').sort(byOrder);
  }

  get bytes(): number {
    return sum(this.#items.map(({ record }) => record.length));
  }

  all(): NaiveItem[] {
    return [...[...this.leased, ...this.ready].sort(byOrder), ...this.delayed];
  }

  add(entry: QueueEntry<string>, now: number): AddOutcome<string> {
    if (entry.record.length > this.#limits.maxBytes) return { kind: 'refused', why: 'too_large' };
    return this.#enter(entry, now, this.#limits);
  }

  restore(entry: QueueEntry<string>, now: number): AddOutcome<string> {
    return this.#enter(entry, now, { ...this.#limits, size: 0, maxBytes: Number.MAX_VALUE, whenFull: 'refuse' });
  }

  fetch(now: number): NaiveItem | undefined {
    this.#admit(now);
    return this.#take(this.ready[0]);
  }

  lease(now: number, until: number): NaiveItem | undefined {
    this.#admit(now);
    return this.#change(this.ready[0], { state: 'leased', at: until });
  }

  ack(id: ItemId): NaiveItem | undefined {
    return this.#take(this.#find(this.leased, id));
  }

  nack(id: ItemId, dueAt?: number): NaiveItem | undefined {
    const item = this.#find(this.leased, id);
    if (dueAt === undefined) return this.#change(item, { state: 'ready' });
    if (item === undefined) return undefined;
    const record = item.record.slice();
    setItemDueAt(record, dueAt);
    this.#change(item, { record, state: 'delayed', at: dueAt, order: this.#order++ });
    return { ...item, record };
  }

  remove(id: ItemId): NaiveItem | undefined {
    return this.#take(this.#find(this.#items, id));
  }

  withhold(id: ItemId): boolean {
    const item = this.#find(this.leased, id);
    this.#change(item, { at: Number.POSITIVE_INFINITY });
    return item !== undefined;
  }

  withholdWhere(test: (entry: QueueEntry<string>) => boolean): NaiveItem[] {
    const which = this.ready.filter(test);
    for (const item of which) this.#change(item, { state: 'leased', at: Number.POSITIVE_INFINITY });
    return which;
  }

  expireLeases(now: number, stays: (entry: QueueEntry<string>) => boolean): NaiveItem[] {
    this.#admit(now);
    const over = this.leased.filter(({ at }) => at <= now);
    for (const item of over) this.#change(item, stays(item) ? { at: Number.POSITIVE_INFINITY } : { state: 'ready' });
    return over;
  }

  expireItems(now: number): NaiveItem[] {
    this.#admit(now);
    const isOver = (item: NaiveItem): boolean => itemAddedAt(item.record) + this.#limits.ttlMs <= now;
    const firstYoung = this.#limits.ttlMs === 0 ? 0 : this.ready.findIndex((item) => !isOver(item));
    const over = firstYoung < 0 ? this.ready : this.ready.slice(0, firstYoung);
    for (const item of over) this.#take(item);
    return over;
  }

  nextEventAt(): number | undefined {
    const times = [...this.delayed, ...this.leased].map(({ at }) => at);
    const [first] = this.ready;
    if (this.#limits.ttlMs > 0 && first !== undefined) times.push(itemAddedAt(first.record) + this.#limits.ttlMs);
    return times.filter(Number.isFinite).sort((one, other) => one - other)[0];
  }

  peek(after: number | undefined, limit: number): QueuePage<string> {
    const rest = this.ready.filter(({ order }) => order > (after ?? -1));
    const entries = rest.slice(0, limit);
    return { entries, next: rest.length > limit ? entries.at(-1)!.order : undefined };
  }

  clear(): NaiveItem[] {
    const all = this.all();
    for (const item of all) this.#take(item);
    return all;
  }

  #enter(entry: QueueEntry<string>, now: number, limits: MqueueLimits): AddOutcome<string> {
    this.#admit(now);
    if (cost(entry) > this.#budget.limit) return { kind: 'refused', why: 'too_large' };
    const key = itemKey(entry.record).join();
    const unique = limits.addMode !== 'append';
    const old = unique ? this.#items.find(({ record }) => itemKey(record).join() === key) : undefined;
    if (old !== undefined && limits.addMode === 'keep_old') return { kind: 'kept', existing: old };
    const others = this.all().filter((item) => item !== old);
    const droppable = [...this.ready, ...this.delayed].filter((item) => item !== old);
    const foreign = this.#budget.used - sum(this.#items.map(cost));
    const excess = (items: NaiveItem[]): 'size' | 'bytes' | 'total_bytes' | undefined => {
      if (limits.size > 0 && items.length + 1 > limits.size) return 'size';
      if (sum([...items, entry].map(({ record }) => record.length)) > limits.maxBytes) return 'bytes';
      return foreign + sum([...items, entry].map(cost)) > this.#budget.limit ? 'total_bytes' : undefined;
    };
    const without = (count: number): NaiveItem[] => others.filter((item) => !droppable.slice(0, count).includes(item));
    let count = 0;
    while (excess(without(count)) !== undefined && count < droppable.length && limits.whenFull === 'drop_oldest')
      count++;
    const why = excess(without(count));
    if (why !== undefined) return { kind: 'refused', why };
    const reason = excess(others);
    this.#take(old);
    const dropped = droppable.slice(0, count);
    for (const item of dropped) this.#take(item);
    this.#put(entry, now);
    const room = { dropped, droppedFor: reason };
    return old === undefined ? { kind: 'added', ...room } : { kind: 'replaced', old, ...room };
  }

  #put(entry: QueueEntry<string>, now: number): void {
    const at = itemDueAt(entry.record);
    this.#budget.take(cost(entry));
    this.#items.push({ ...entry, state: at > now ? 'delayed' : 'ready', order: this.#order++, at });
  }

  #admit(now: number): void {
    const due = this.delayed.filter(({ at }) => at <= now);
    for (const item of due) this.#change(item, { state: 'ready', order: this.#order++ });
  }

  #find(items: NaiveItem[], { epoch, sequence }: ItemId): NaiveItem | undefined {
    return items.find(({ record }) => itemId(record).epoch === epoch && itemId(record).sequence === sequence);
  }

  #take(item: NaiveItem | undefined): NaiveItem | undefined {
    this.#items = this.#items.filter((other) => other !== item);
    if (item !== undefined) this.#budget.give(cost(item));
    return item;
  }

  #change(item: NaiveItem | undefined, change: Partial<NaiveItem>): NaiveItem | undefined {
    this.#items = this.#items.map((other) => (other === item ? { ...other, ...change } : other));
    return item;
  }
}
