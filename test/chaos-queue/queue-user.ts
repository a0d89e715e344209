import { setTimeout as after } from 'node:timers/promises';
import { type FetchedItem, type Queue, QueueError } from '../../src/index.ts';
import type { SeededRandom } from '../fakes/seeded-random.ts';
import type { Answer, Ask, DiaryLine, LifePlan } from './diary.ts';
import { contentOf, keyOf, numberOf } from './numbered-item.ts';
import type { QueuePlan } from './queue-plan.ts';

const LONGEST_WAIT_MS = 30;

/** Uses one queue at random, and writes down what it asks and what it is told. */
export class QueueUser {
  readonly #queue: Queue;
  readonly #plan: QueuePlan;
  readonly #random: SeededRandom;
  readonly #nextNumber: () => number;
  readonly #write: (line: DiaryLine) => void;
  readonly #held: { readonly n: number; readonly item: FetchedItem }[] = [];
  #calls = 0;
  #over = false;

  constructor(
    queue: Queue,
    plan: QueuePlan,
    random: SeededRandom,
    nextNumber: () => number,
    write: (line: DiaryLine) => void,
  ) {
    this.#queue = queue;
    this.#plan = plan;
    this.#random = random;
    this.#nextNumber = nextNumber;
    this.#write = write;
  }

  /** Users at the same time. Ends early when the queue is stopped. */
  async work({ users, calls, enough }: LifePlan): Promise<void> {
    const one = async (): Promise<void> => {
      for (let call = 0; call < calls && !this.#over; call++) {
        await this.#callSomething(this.#queue.size() > enough);
        await after(this.#random.fraction() * 3);
      }
    };
    await Promise.all(Array.from({ length: users }, one));
  }

  /** Many items in and out again. */
  async bulk(items: number): Promise<void> {
    for (let done = 0; done < items && !this.#over; done += 500) {
      await this.#together(500, () => this.#add());
      await this.#together(500, () => this.#take('fetch', () => this.#queue.fetch()));
    }
  }

  #callSomething(hasEnough: boolean): Promise<void> {
    const chance = this.#random.fraction();
    if (this.#plan.leaseMs > 0 && this.#held.length > 0 && chance < 0.35) return this.#giveBack();
    if (chance < 0.37) return this.#call({ kind: 'settle' }, () => this.#queue.settled().then(() => done));
    if (chance < 0.375) return this.#call({ kind: 'clear' }, () => this.#queue.clear().then(() => done));
    if (chance < (hasEnough ? 0.8 : 0.55)) return this.#take('fetch', () => this.#queue.fetch());
    if (chance < (hasEnough ? 0.9 : 0.65)) return this.#wait();
    if (chance < 0.95) return this.#add();
    return this.#together(2 + this.#random.fraction() * 10, () => this.#add());
  }

  #add(): Promise<void> {
    const n = this.#nextNumber();
    const [key, value] = [keyOf(this.#plan, n), contentOf(this.#plan, n)];
    return this.#call({ kind: 'add', n }, async () => {
      const { outcome, id } = await this.#queue.add(key, value);
      return { kind: outcome, id };
    });
  }

  #wait(): Promise<void> {
    const ms = Math.floor(this.#random.fraction() * LONGEST_WAIT_MS);
    const aborts = this.#random.fraction() < 0.3;
    const options = aborts ? { signal: AbortSignal.timeout(ms) } : { timeoutMs: ms };
    return this.#take(aborts ? 'wait and leave' : 'wait', () => this.#queue.waitFetch(options));
  }

  #take(kind: 'fetch' | 'wait' | 'wait and leave', take: () => Promise<FetchedItem | undefined>): Promise<void> {
    return this.#call({ kind }, async () => {
      const item = await take();
      if (item === undefined) return { kind: 'nothing' };
      const n = numberOf(this.#plan, item) ?? this.#otherThanAdded(item);
      if (this.#plan.leaseMs > 0) this.#held.push({ n, item });
      return { kind: 'item', n, id: item.id, deliveries: item.deliveries };
    });
  }

  #giveBack(): Promise<void> {
    const [held] = this.#held.splice(Math.floor(this.#random.fraction() * this.#held.length), 1);
    const { n, item } = held!;
    const kind = this.#random.fraction() < 0.7 ? 'ack' : 'nack';
    return this.#call({ kind, n }, async () => ({ kind: 'done', yes: await item[kind]() }));
  }

  async #call(ask: Ask, run: () => Promise<Answer>): Promise<void> {
    const queue = this.#plan.name;
    this.#calls += 1;
    const call = this.#calls;
    this.#write({ line: 'asks', queue, call, ask });
    let answer: Answer;
    try {
      answer = await run();
    } catch (error) {
      if (!(error instanceof QueueError)) throw error;
      answer = { kind: 'failed', code: error.code };
      if (error.code === 'QUEUE_STOPPED') this.#over = true;
    }
    this.#write({ line: 'told', queue, call, answer });
  }

  async #together(times: number, call: () => Promise<void>): Promise<void> {
    await Promise.all(Array.from({ length: times }, call));
  }

  #otherThanAdded({ id }: FetchedItem): number {
    this.#write({ line: 'wrong', queue: this.#plan.name, what: `item ${id} is not what was added` });
    return -1;
  }
}

const done: Answer = { kind: 'done', yes: true };
