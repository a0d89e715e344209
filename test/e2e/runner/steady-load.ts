import { type Exchange, type Exchanged, exchange } from './exchange.ts';

export interface LoadPlan {
  /** Each request goes to the next of them. `{n}` in the address and in the body is the request's number. */
  readonly requests: readonly Exchange[];
  readonly everyMs: number;
}

/** A request of a load and its answer. */
export interface Loaded extends Exchanged {
  /** From 0 on. */
  readonly n: number;
}

const mostUnderWay = 200;
const mostKept = 20_000;

/** Sends requests at a fixed pace, whatever becomes of them. */
export class SteadyLoad {
  readonly #plan: LoadPlan;
  readonly #done: Loaded[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #next = 0;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#timer = setInterval(() => this.#send(), plan.everyMs);
  }

  /** Sends no more, waits for what is under way, and gives all in the order of sending. */
  async stop(): Promise<Loaded[]> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    return this.#done.sort((a, b) => a.n - b.n);
  }

  #send(): void {
    const n = this.#next;
    const planned = this.#plan.requests[n % this.#plan.requests.length];
    if (planned === undefined || this.#underWay.size >= mostUnderWay || n >= mostKept) return;
    this.#next += 1;
    const filled = (text: string): string => text.replaceAll('{n}', String(n));
    const { body } = planned;
    const sent = { ...planned, url: filled(planned.url), ...(body !== undefined && { body: filled(body) }) };
    const answered = exchange(sent).then((result) => {
      this.#done.push({ ...result, n });
      this.#underWay.delete(answered);
    });
    this.#underWay.add(answered);
  }
}
