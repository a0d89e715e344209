import { Contradiction } from './contradiction.ts';
import type { DiaryLine, FoundItem } from './diary.ts';
import { explainContent } from './explain-content.ts';
import { LiveQueue } from './live-queue.ts';
import type { QueuePlan } from './queue-plan.ts';
import { SavedPrefix } from './saved-prefix.ts';

/** How a process ended: killed at work, killed while it saved, or by itself. */
export type Ending = 'killed' | 'killed while stopping' | 'stopped';

/** What one queue must hold, over all lives of its process. */
export interface QueueBook {
  /** Items that were added and acknowledged. */
  readonly added: number;
  /** Takes a line of the diary. Throws a Contradiction. */
  take(line: DiaryLine): void;
  /** The process is gone. `calm`: nothing was wrong with the store when it ended. */
  end(ending: Ending, calm: boolean): void;
}

type Check = (found: readonly FoundItem[]) => void;

/** A queue that is read at each start: what must be there then. */
export class ReadQueueBook implements QueueBook {
  readonly plan: QueuePlan;
  added = 0;
  #live: LiveQueue;
  #prefix: SavedPrefix;
  /** The queue has been read by the process that lives. */
  #isRead = false;
  /** One of them must hold. */
  #checks: readonly Check[];

  constructor(plan: QueuePlan) {
    this.plan = plan;
    this.#live = new LiveQueue(plan, []);
    this.#prefix = new SavedPrefix([], this.#live);
    this.#checks = [this.#servedCheck()];
  }

  /** Whether the store holds nothing of it, for sure. */
  get isEmpty(): boolean {
    return this.#live.items.size === 0;
  }

  take(line: DiaryLine): void {
    if (line.line === 'stopping') this.#live.isStopping = true;
    else if (line.line === 'holds') this.#begin(line.items);
    else if (line.line === 'asks') {
      if (line.ask.kind === 'settle') this.#prefix.settle(line.call);
      this.#live.ask(line.call, line.ask);
    } else if (line.line === 'told') {
      this.#live.tell(line.call, line.answer);
      if (line.answer.kind === 'done') this.#prefix.settled(line.call);
    } else if (line.line === 'wrong') throw new Contradiction(line.queue, line.what);
  }

  /** A process that had not read the queue has changed nothing. */
  end(ending: Ending, calm: boolean): void {
    if (!this.#isRead) return;
    this.#isRead = false;
    const { dbMode, durability } = this.plan;
    const before = this.#prefix.check();
    const served = dbMode === 'load' ? this.#restCheck() : this.#servedCheck();
    const saves = dbMode === 'both' || calm;
    if (durability === 'always' || (ending === 'stopped' && saves)) this.#checks = [served];
    else this.#checks = ending === 'killed' ? [before] : [before, served];
  }

  /** Somebody has put items into its partition, which was empty. */
  fill(items: readonly FoundItem[]): void {
    this.#start(items);
    this.#checks = [this.#servedCheck()];
  }

  #begin(found: readonly FoundItem[]): void {
    const wrongs = this.#checks.map((check) => wrongOf(() => check(found)));
    if (!wrongs.includes(undefined)) throw new Contradiction(this.plan.name, wrongs.join('; or '));
    this.#start(found);
    this.#isRead = true;
  }

  #start(items: readonly FoundItem[]): void {
    this.added += this.#live.added;
    this.#live = new LiveQueue(this.plan, items);
    this.#prefix = new SavedPrefix(items, this.#live);
  }

  #servedCheck(): Check {
    const live = this.#live;
    return (found) => explainContent(live, found);
  }

  /** Of what was read, all that has not left the queue; nothing of what was added. */
  #restCheck(): Check {
    const live = this.#live;
    const rest = this.#prefix.saved.filter(({ n }) => live.items.has(n));
    return (found) => {
      if (found.map(({ n }) => n).join() !== rest.map(({ n }) => n).join()) {
        throw live.wrong(`${rest.length} items are left of what was read, there are ${found.length}`);
      }
    };
  }
}

/** What a check finds wrong; undefined when it finds nothing. */
export function wrongOf(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof Contradiction) return error.message;
    throw error;
  }
}
