import { Contradiction } from './contradiction.ts';
import type { DiaryLine, FoundItem } from './diary.ts';
import { explainContent } from './explain-content.ts';
import { LiveQueue } from './live-queue.ts';
import { type Ending, type QueueBook, wrongOf } from './queue-book.ts';
import type { QueuePlan } from './queue-plan.ts';

/** What one life may have put behind what was there. */
interface Batch {
  readonly live: LiveQueue;
  readonly ending: Ending;
}

/** A queue that is written at each stop and never read: its partition holds what was left of each life, one behind the other. */
export class SaveOnlyBook implements QueueBook {
  readonly plan: QueuePlan;
  added = 0;
  #live: LiveQueue;
  /** What was there when it was looked at last, and what came since. */
  #known: readonly FoundItem[] = [];
  #batches: Batch[] = [];

  constructor(plan: QueuePlan) {
    this.plan = plan;
    this.#live = new LiveQueue(plan, []);
  }

  take(line: DiaryLine): void {
    if (line.line === 'starting') this.#live = new LiveQueue(this.plan, []);
    else if (line.line === 'stopping') this.#live.isStopping = true;
    else if (line.line === 'asks') this.#live.ask(line.call, line.ask);
    else if (line.line === 'told') this.#live.tell(line.call, line.answer);
    else if (line.line === 'wrong') throw new Contradiction(line.queue, line.what);
  }

  end(ending: Ending): void {
    this.added += this.#live.added;
    if (ending !== 'killed') this.#batches.push({ live: this.#live, ending });
    this.#live = new LiveQueue(this.plan, []);
  }

  /** Compares what is in the store with all lives so far. Throws a Contradiction. */
  look(found: readonly FoundItem[]): void {
    const old = found.slice(0, this.#known.length);
    if (old.map(({ n }) => n).join() !== this.#known.map(({ n }) => n).join()) {
      throw new Contradiction(this.plan.name, `of ${this.#known.length} items in the store some have changed`);
    }
    let rest = found.slice(old.length);
    for (const { live, ending } of this.#batches) {
      const items = rest.slice(0, rest.findLastIndex(({ n }) => live.items.has(n)) + 1);
      const wrong = wrongOf(() => explainContent(live, items));
      if (wrong !== undefined && !(ending === 'killed while stopping' && items.length === 0)) {
        throw new Contradiction(this.plan.name, wrong);
      }
      rest = rest.slice(items.length);
    }
    if (rest.length > 0) throw new Contradiction(this.plan.name, `in the store is ${rest[0]!.n}, which was not saved`);
    this.#known = found;
    this.#batches = [];
  }

  /** The partition has been emptied. */
  emptied(): void {
    this.#known = [];
  }
}
