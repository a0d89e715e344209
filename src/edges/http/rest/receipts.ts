import type { FetchedItem } from '../../../kdmq-node.ts';
import type { Clock, Timer } from '../../../ports/clock.ts';
import type { Random } from '../../../ports/random.ts';

/** 36^24: nobody guesses one. */
const receiptLength = 24;
/** How long a receipt is kept beyond its lease: it is not this clock that ends the lease. */
const spareMs = 1_000;

/**
 * Which lent item a receipt stands for, from one request to another. Holds as many as there are leases: each goes when it was used or its lease
 * has ended. They end with the process, as the leases do.
 */
export class Receipts {
  readonly #clock: Clock;
  readonly #random: Random;
  /** By queue: within one, those that were given first end first. */
  readonly #queues = new Map<string, Map<string, { readonly item: FetchedItem; readonly endsAt: number }>>();
  #timer: Timer | undefined;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** A receipt for an item that was fetched with a lease. */
  give(queue: string, item: FetchedItem): string {
    const held = this.#queues.get(queue) ?? new Map();
    this.#queues.set(queue, held);
    const receipt = this.#random.token(receiptLength);
    const leftMs = Math.max(0, (item.leasedUntil ?? 0) - this.#clock.wallTime()) + spareMs;
    held.set(receipt, { item, endsAt: this.#clock.now() + leftMs });
    this.#sweepSoon(leftMs);
    return receipt;
  }

  /** The item of a receipt, which is used up by that. Undefined when its lease has ended, it was used, or there never was one. */
  take(queue: string, receipt: string): FetchedItem | undefined {
    const held = this.#queues.get(queue);
    const item = held?.get(receipt)?.item;
    held?.delete(receipt);
    return item;
  }

  get size(): number {
    let size = 0;
    for (const held of this.#queues.values()) size += held.size;
    return size;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#queues.clear();
  }

  #sweepSoon(ms: number): void {
    this.#timer ??= this.#clock.after(ms, () => {
      this.#timer = undefined;
      this.#sweep();
    });
  }

  #sweep(): void {
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const held of this.#queues.values()) {
      for (const [receipt, { endsAt }] of held) {
        if (endsAt > now) {
          next = Math.min(next, endsAt);
          break;
        }
        held.delete(receipt);
      }
    }
    if (next < Number.POSITIVE_INFINITY) this.#sweepSoon(next - now);
  }
}
