import { Contradiction } from './contradiction.ts';
import type { Answer, Ask, FoundItem } from './diary.ts';
import { isTake, type KnownItem, type OpenCall } from './known-item.ts';
import { keyOf } from './numbered-item.ts';
import { leasesEnd, type QueuePlan } from './queue-plan.ts';

/** With these nothing was done. */
const refusals = ['QUEUE_FULL', 'ITEM_TOO_LARGE', 'QUEUE_NOT_READY', 'QUEUE_STOPPED'];

/** What a queue may hold while a process serves it, by what its users asked and were told. Throws a Contradiction. */
export class LiveQueue {
  readonly plan: QueuePlan;
  /** Those that are there, or may be, oldest first. */
  readonly items = new Map<number, KnownItem>();
  readonly calls = new Map<number, OpenCall>();
  /** Since when something is out of the queue, and why. */
  readonly #gone = new Map<number, { readonly at: number; readonly why: string }>();
  /** When somebody went away for whom an item may have been taken: it comes back to the front when the store has answered. */
  #strays: number[] = [];
  /** When such an item was back in front: on its way back into the store. */
  #returning: number[] = [];
  #now = 0;
  #last = -1;
  added = 0;
  /** From now on a fetch may get nothing although something is there. */
  isStopping = false;

  constructor(plan: QueuePlan, found: readonly FoundItem[]) {
    this.plan = plan;
    for (const { n, id, deliveries } of found) {
      this.#last = n;
      this.items.set(n, { n, id, deliveries, key: keyOf(plan, n), state: 'in', lent: 'no', acks: 0, since: 0 });
    }
  }

  get strays(): number {
    return this.#strays.length;
  }

  /** Items that nobody has got, of which the store may not know that yet. */
  get inDoubt(): number {
    return this.#strays.length + this.#returning.length;
  }

  get isJournaled(): boolean {
    return this.plan.durability === 'always';
  }

  /** A call begins. */
  ask(call: number, ask: Ask): void {
    this.#now += 1;
    const deliveries = 'n' in ask ? (this.items.get(ask.n)?.deliveries ?? 0) : 0;
    const crossesClear = this.clears().length > 0;
    const open: OpenCall = { ask, at: this.#now, last: this.#last, deliveries, rivals: 0, crossesClear };
    if (isTake(open)) {
      const others = [...this.calls.values()].filter(isTake);
      open.rivals = others.length + this.strays;
      for (const other of others) other.rivals += 1;
    }
    this.calls.set(call, open);
    if (ask.kind === 'add') this.#begin(ask.n);
    else if (ask.kind === 'clear') for (const each of this.calls.values()) each.crossesClear = true;
    else if (ask.kind === 'ack') this.#changeAcks(ask.n, 1);
    else if (ask.kind === 'nack') this.#change(ask.n, { lent: 'maybe' });
  }

  /** It ends. */
  tell(call: number, answer: Answer): void {
    this.#now += 1;
    const open = this.calls.get(call);
    if (open === undefined) throw this.wrong(`call ${call} is answered and was never made`);
    this.calls.delete(call);
    const { ask } = open;
    if (ask.kind === 'add') this.#toldAdd(ask.n, answer, open);
    else if (isTake(open)) this.#toldTake(answer, open);
    else if (ask.kind === 'ack') this.#toldAck(ask.n, answer, open);
    else if (ask.kind === 'nack') this.#toldNack(ask.n, answer, open);
    else if (ask.kind === 'clear') this.#toldClear(answer, open);
    else if (answer.kind === 'done') this.#settled(open.at);
  }

  clears(): OpenCall[] {
    return [...this.calls.values()].filter(({ ask }) => ask.kind === 'clear');
  }

  /** Whether another with its key may have taken its place. */
  mayBeReplaced({ n, key }: KnownItem): boolean {
    if (this.plan.addMode !== 'replace') return false;
    return [...this.items.values()].some((other) => other.n > n && other.key === key);
  }

  whyGone(n: number): string {
    return this.#gone.get(n)?.why ?? 'never added';
  }

  wrong(what: string): Contradiction {
    return new Contradiction(this.plan.name, what);
  }

  #begin(n: number): void {
    this.#last = n;
    const since = Number.POSITIVE_INFINITY;
    const key = keyOf(this.plan, n);
    this.items.set(n, { n, key, id: undefined, state: 'asked', lent: 'no', acks: 0, since, deliveries: 0 });
  }

  #change(n: number, change: Partial<KnownItem>): void {
    const item = this.items.get(n);
    if (item !== undefined) Object.assign(item, change);
  }

  #leave(n: number, why: string): void {
    if (this.items.delete(n)) this.#gone.set(n, { at: this.#now, why });
  }

  #toldAdd(n: number, answer: Answer, { at }: OpenCall): void {
    const item = this.items.get(n);
    switch (answer.kind) {
      case 'added':
      case 'replaced':
        this.added += 1;
        // A clear that failed may have it.
        if (item?.state === 'asked') Object.assign(item, { state: 'in', since: this.#now, id: answer.id });
        if (answer.kind === 'replaced') this.#replaceOlder(n);
        this.#settled(at);
        return;
      case 'kept':
        this.#leave(n, 'never added, another was kept');
        return;
      case 'failed':
        if (refusals.includes(answer.code)) this.#leave(n, `never added: ${answer.code}`);
        else if (item !== undefined) item.state = 'doubtful';
        return;
      default:
        throw this.wrong(`an add ended with ${answer.kind}`);
    }
  }

  #replaceOlder(n: number): void {
    const key = keyOf(this.plan, n);
    for (const other of this.items.values()) {
      if (other.n < n && other.key === key) this.#leave(other.n, `replaced by ${n}`);
    }
  }

  #toldTake(answer: Answer, open: OpenCall): void {
    if (answer.kind === 'item') this.#given(answer, open);
    else if (answer.kind === 'nothing' && open.ask.kind === 'fetch') this.#checkNothing(open);
    else if (this.isJournaled && this.#mayHaveTaken(answer, open)) this.#strays.push(this.#now);
  }

  /** Whether an item may be on its way to a call that has ended without one. */
  #mayHaveTaken(answer: Answer, { ask }: OpenCall): boolean {
    if (answer.kind === 'failed') return !refusals.includes(answer.code);
    return ask.kind === 'wait and leave' || this.isStopping;
  }

  #checkNothing(open: OpenCall): void {
    if (open.crossesClear || this.isStopping) return;
    const there = this.#fetchable(open);
    if (there.length <= open.rivals) return;
    throw this.wrong(`a fetch got nothing although ${numbers(there)} were there`);
  }

  /** Those that could be fetched all the time since a call began. */
  #fetchable({ at }: OpenCall): KnownItem[] {
    return [...this.items.values()].filter((item) => {
      return (
        item.state === 'in' && item.lent === 'no' && item.acks === 0 && item.since < at && !this.mayBeReplaced(item)
      );
    });
  }

  #given({ n, id, deliveries }: FoundItem, open: OpenCall): void {
    const item = this.items.get(n);
    if (item === undefined) {
      const gone = this.#gone.get(n);
      // It was on its way to this call when another call removed it.
      if (gone !== undefined && gone.why !== 'taken' && gone.at > open.at) return;
      throw this.wrong(`item ${n} was given out: ${this.whyGone(n)}`);
    }
    if (item.state === 'asked' && this.isJournaled) throw this.wrong(`item ${n} was given out before it was stored`);
    if (item.lent === 'yes') throw this.wrong(`item ${n} was given to a second one`);
    if (item.id !== undefined && item.id !== id) throw this.wrong(`item ${n} was ${item.id} and is ${id}`);
    const { leaseMs } = this.plan;
    if (leaseMs > 0 ? deliveries <= item.deliveries : deliveries !== item.deliveries) {
      throw this.wrong(`item ${n} says it was delivered ${deliveries} times, before it was ${item.deliveries}`);
    }
    const older = this.#fetchable(open).filter((other) => other.n < n);
    if (older.length > open.rivals && !open.crossesClear) {
      throw this.wrong(`item ${n} was given out before ${numbers(older)}`);
    }
    if (this.plan.addMode === 'replace') this.#replaceOlder(n);
    if (leaseMs === 0) this.#leave(n, 'taken');
    else Object.assign(item, { id, deliveries, lent: leasesEnd(this.plan) ? 'maybe' : 'yes' });
  }

  #toldAck(n: number, answer: Answer, { crossesClear }: OpenCall): void {
    this.#changeAcks(n, -1);
    if (answer.kind === 'failed') this.#change(n, { state: 'doubtful' });
    else if (answer.kind === 'done' && answer.yes) this.#leave(n, 'acknowledged');
    else if (this.items.get(n)?.lent === 'yes' && !crossesClear && !this.isStopping) {
      throw this.wrong(`the lease of item ${n} was over before its time`);
    } else this.#change(n, { lent: 'maybe' });
  }

  #changeAcks(n: number, by: number): void {
    const item = this.items.get(n);
    if (item !== undefined) item.acks += by;
  }

  #toldNack(n: number, answer: Answer, { deliveries }: OpenCall): void {
    // Somebody may have it already.
    if (this.items.get(n)?.deliveries !== deliveries) return;
    if (answer.kind === 'done' && answer.yes) this.#change(n, { lent: 'no', since: this.#now });
  }

  #toldClear(answer: Answer, { last }: OpenCall): void {
    const isRefused = answer.kind === 'failed' && refusals.includes(answer.code);
    if (isRefused) return;
    for (const item of [...this.items.values()]) {
      if (item.n > last) continue;
      if (answer.kind === 'done') this.#leave(item.n, 'cleared');
      else item.state = 'doubtful';
    }
  }

  /** The store has everything that was begun before. */
  #settled(at: number): void {
    this.#returning = this.#returning.filter((since) => since > at);
    const back = this.#strays.filter((stray) => stray < at);
    this.#strays = this.#strays.filter((stray) => stray > at);
    this.#returning.push(...back.map(() => this.#now));
  }
}

function numbers(items: readonly KnownItem[]): string {
  return items.map(({ n }) => n).join(', ');
}
