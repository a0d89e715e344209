import type { FoundItem } from './diary.ts';
import { isTake } from './known-item.ts';
import type { LiveQueue } from './live-queue.ts';

/** What a save holds of a queue with durability `stop`, and how much of its front the store knows, or may know, as consumed. */
export class SavedPrefix {
  readonly saved: readonly FoundItem[];
  readonly #live: LiveQueue;
  #consumed = 0;
  /** How much was consumed when the store was asked to know it, by the number of the call. */
  readonly #settling = new Map<number, number>();

  constructor(saved: readonly FoundItem[], live: LiveQueue) {
    this.saved = saved;
    this.#live = live;
  }

  /** A call waits until the store knows what has left the queue. */
  settle(call: number): void {
    this.#settling.set(
      call,
      this.#front(({ n }) => !this.#live.items.has(n)),
    );
  }

  /** It has been answered. Any other call is none of its business. */
  settled(call: number): void {
    this.#consumed = Math.max(this.#consumed, this.#settling.get(call) ?? 0);
  }

  /** Looks whether the process may have been killed at this moment: what it saved is there, less what was consumed in front. */
  check(): (found: readonly FoundItem[]) => void {
    const { saved } = this;
    const least = this.#consumed;
    const most = this.#mostConsumed();
    return (found) => {
      const consumed = saved.length - found.length;
      const left = saved.slice(Math.max(0, consumed));
      const same =
        left.length === found.length && left.every(({ n, id }, at) => found[at]?.n === n && found[at].id === id);
      if (same && consumed >= least && consumed <= most) return;
      throw this.#live.wrong(
        `saved were ${list(saved)}, of which ${least} to ${most} in front are consumed; there are ${list(found)}`,
      );
    };
  }

  /** A fetch that is under way may have taken one more. */
  #mostConsumed(): number {
    const { items } = this.#live;
    let takes = [...this.#live.calls.values()].filter(isTake).length;
    return this.#front(({ n }) => {
      const item = items.get(n);
      if (item === undefined || item.acks > 0 || item.state === 'doubtful' || this.#live.mayBeReplaced(item))
        return true;
      if (this.#live.clears().some(({ last }) => n <= last)) return true;
      takes -= 1;
      return takes >= 0;
    });
  }

  #front(hasLeft: (item: FoundItem) => boolean): number {
    const stays = this.saved.findIndex((item) => !hasLeft(item));
    return stays < 0 ? this.saved.length : stays;
  }
}

function list(items: readonly FoundItem[]): string {
  return `[${items.map(({ n }) => n).join(' ')}]`;
}
