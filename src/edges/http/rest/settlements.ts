import type { FetchedItem } from '../../../kdmq-node.ts';
import type { Clock, Timer } from '../../../ports/clock.ts';
import type { Receipts } from './receipts.ts';

export type Saying = 'ack' | 'nack';
/** What is said of an item is said here. Of an item that is out of its queue it holds no bytes. */
export type Lent = NonNullable<FetchedItem['lease']>;

interface Settlement {
  readonly saying: Saying;
  readonly lent: Lent;
  readonly at: number;
  /** Undefined after an answer that left it in doubt: whoever says it again asks anew. */
  outcome: Promise<boolean> | undefined;
}

/** How long what is in doubt is kept while nobody asks again. */
const doubtMs = 600_000;

/**
 * What was said of lent items. A client that got no answer, or that the store is away, says it again, and gets the truth then instead of "the lease
 * is over".
 */
export class Settlements {
  readonly #receipts: Receipts;
  readonly #clock: Clock;
  readonly #mostKept: number;
  /** Under way or in doubt, those that were begun first in front. */
  readonly #open = new Map<string, Settlement>();
  /** What went through, the last of them. */
  readonly #settled = new Map<string, Saying>();
  #timer: Timer | undefined;

  /** `mostKept`: how many receipts are remembered after they were used, and as many of those that are in doubt. */
  constructor(receipts: Receipts, clock: Clock, mostKept: number) {
    this.#receipts = receipts;
    this.#clock = clock;
    this.#mostKept = mostKept;
  }

  /**
   * Says something of the item of a receipt, once however often this is called. False when the lease is over, or something else was said of it.
   * Rejects as `say` does: the same may be said again then.
   */
  async settle(
    queue: string,
    receipt: string,
    saying: Saying,
    say: (lent: Lent) => Promise<boolean>,
  ): Promise<boolean> {
    const name = `${queue}/${receipt}`;
    const settled = this.#settled.get(name);
    if (settled !== undefined) return settled === saying;
    const settlement = this.#open.get(name) ?? this.#begin(name, this.#receipts.take(queue, receipt), saying);
    if (settlement?.saying !== saying) return false;
    settlement.outcome ??= say(settlement.lent);
    try {
      const holds = await settlement.outcome;
      this.#open.delete(name);
      if (holds) this.#keep(this.#settled, name, saying);
      return holds;
    } catch (error) {
      settlement.outcome = undefined;
      throw error;
    }
  }

  get size(): number {
    return this.#open.size + this.#settled.size;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#open.clear();
    this.#settled.clear();
  }

  #begin(name: string, item: FetchedItem | undefined, saying: Saying): Settlement | undefined {
    const lent = item?.lease;
    if (lent === undefined) return undefined;
    const settlement: Settlement = { saying, lent, at: this.#clock.now(), outcome: undefined };
    this.#keep(this.#open, name, settlement);
    this.#sweepAfter(doubtMs);
    return settlement;
  }

  #sweepAfter(ms: number): void {
    this.#timer ??= this.#clock.after(ms, () => {
      this.#timer = undefined;
      this.#sweep();
    });
  }

  #sweep(): void {
    const now = this.#clock.now();
    for (const [name, { at }] of this.#open) {
      if (now - at < doubtMs) {
        this.#sweepAfter(at + doubtMs - now);
        return;
      }
      this.#open.delete(name);
    }
  }

  #keep<T>(map: Map<string, T>, name: string, value: T): void {
    map.set(name, value);
    const [oldest] = map.keys();
    if (map.size > this.#mostKept && oldest !== undefined) map.delete(oldest);
  }
}
