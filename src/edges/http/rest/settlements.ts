import type { FetchedItem } from '../../../kdmq-node.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Receipts } from './receipts.ts';

export type Saying = 'ack' | 'nack';

interface Settlement {
  readonly saying: Saying;
  readonly item: FetchedItem;
  readonly at: number;
  /** Undefined after an answer that left it in doubt: whoever says it again asks anew. */
  outcome: Promise<boolean> | undefined;
}

/** How long what is in doubt is kept, with its item, while nobody asks again. */
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
    say: (item: FetchedItem) => Promise<boolean>,
  ): Promise<boolean> {
    const name = `${queue}/${receipt}`;
    const settled = this.#settled.get(name);
    if (settled !== undefined) return settled === saying;
    const settlement = this.#open.get(name) ?? this.#begin(name, this.#receipts.take(queue, receipt), saying);
    if (settlement?.saying !== saying) return false;
    settlement.outcome ??= say(settlement.item);
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

  #begin(name: string, item: FetchedItem | undefined, saying: Saying): Settlement | undefined {
    if (item === undefined) return undefined;
    const at = this.#clock.now();
    for (const [old, settlement] of this.#open) {
      if (at - settlement.at < doubtMs) break;
      this.#open.delete(old);
    }
    const settlement: Settlement = { saying, item, at, outcome: undefined };
    this.#keep(this.#open, name, settlement);
    return settlement;
  }

  #keep<T>(map: Map<string, T>, name: string, value: T): void {
    map.set(name, value);
    const [oldest] = map.keys();
    if (map.size > this.#mostKept && oldest !== undefined) map.delete(oldest);
  }
}
