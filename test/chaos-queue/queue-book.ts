import { Contradiction } from './contradiction.ts';
import type { DiaryLine, FoundItem } from './diary.ts';
import { explainContent } from './explain-content.ts';
import { isTake } from './known-item.ts';
import { LiveQueue } from './live-queue.ts';
import type { QueuePlan } from './queue-plan.ts';

/** How a process ended: killed at work, killed while it saved, or by itself. */
export type Ending = 'killed' | 'killed while stopping' | 'stopped';

type Check = (found: readonly FoundItem[]) => void;

/** What one queue must hold at the next start, over all lives of its process. */
export class QueueBook {
  readonly plan: QueuePlan;
  added = 0;
  #live: LiveQueue;
  /** Durability `stop`: what the last save holds, and how much of its front the store knows as consumed. */
  #saved: readonly FoundItem[] = [];
  #consumed = 0;
  /** How much was consumed when the store was asked to know it, by the number of the call. */
  readonly #settling = new Map<number, number>();
  /** The queue has been read by the process that lives. */
  #isRead = false;
  /** One of them must hold. */
  #checks: readonly Check[] = [(found) => explainContent(this.#live, found)];

  constructor(plan: QueuePlan) {
    this.plan = plan;
    this.#live = new LiveQueue(plan, []);
  }

  /** Takes a line of the queue's diary. Throws a Contradiction. */
  take(line: DiaryLine): void {
    if (line.line === 'stopping') this.#live.isStopping = true;
    else if (line.line === 'holds') this.#begin(line.items);
    else if (line.line === 'asks') {
      if (line.ask.kind === 'settle') this.#settling.set(line.call, this.#surelyGoneInFront());
      this.#live.ask(line.call, line.ask);
    } else if (line.line === 'told') {
      this.#live.tell(line.call, line.answer);
      if (line.answer.kind === 'done') this.#consumed = Math.max(this.#consumed, this.#settling.get(line.call) ?? 0);
    } else if (line.line === 'wrong') throw new Contradiction(line.queue, line.what);
  }

  /** The process is gone. One that had not read the queue has changed nothing. */
  end(ending: Ending): void {
    if (!this.#isRead) return;
    this.#isRead = false;
    const live = this.#live;
    const served: Check = (found) => explainContent(live, found);
    const savedBefore = this.#savedCheck();
    if (this.plan.durability === 'always' || ending === 'stopped') this.#checks = [served];
    else this.#checks = ending === 'killed' ? [savedBefore] : [savedBefore, served];
  }

  #begin(found: readonly FoundItem[]): void {
    const wrongs: string[] = [];
    for (const check of this.#checks) {
      try {
        check(found);
        break;
      } catch (error) {
        if (!(error instanceof Contradiction)) throw error;
        wrongs.push(error.message);
      }
    }
    if (wrongs.length === this.#checks.length) throw new Contradiction(this.plan.name, wrongs.join('; or '));
    this.added += this.#live.added;
    this.#live = new LiveQueue(this.plan, found);
    this.#saved = found;
    this.#consumed = 0;
    this.#settling.clear();
    this.#isRead = true;
  }

  #savedCheck(): Check {
    const saved = this.#saved;
    const least = this.#consumed;
    const takes = [...this.#live.calls.values()].filter(isTake).length;
    const most = this.#goneInFront(takes);
    return (found) => {
      const consumed = saved.length - found.length;
      const wanted = saved.slice(Math.max(0, consumed));
      const same = wanted.every(({ n, id }, index) => found[index]?.n === n && found[index].id === id);
      if (same && consumed >= least && consumed <= most) return;
      throw this.#live.wrong(
        `saved were ${list(saved)}, of which ${least} to ${most} in front are consumed; there are ${list(found)}`,
      );
    };
  }

  #surelyGoneInFront(): number {
    const stays = this.#saved.findIndex(({ n }) => this.#live.items.has(n));
    return stays < 0 ? this.#saved.length : stays;
  }

  /** How many of what was saved may have left the queue without one that stays in front of them; so many may stay unnoticed. */
  #goneInFront(unnoticed: number): number {
    const { items } = this.#live;
    let left = unnoticed;
    const stays = this.#saved.findIndex(({ n }) => {
      const item = items.get(n);
      if (item === undefined || item.acking || item.state === 'doubtful' || this.#live.mayBeReplaced(item))
        return false;
      if (this.#live.clears().some(({ last }) => n <= last)) return false;
      left -= 1;
      return left < 0;
    });
    return stays < 0 ? this.#saved.length : stays;
  }
}

function list(items: readonly FoundItem[]): string {
  return `[${items.map(({ n }) => n).join(' ')}]`;
}
