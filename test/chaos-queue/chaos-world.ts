import { setTimeout as after } from 'node:timers/promises';
import { SeededRandom } from '../fakes/seeded-random.ts';
import type { ChaosTally } from './chaos-tally.ts';
import { Contradiction } from './contradiction.ts';
import type { DiaryLine, LifePlan } from './diary.ts';
import { Life } from './life.ts';
import { type Ending, QueueBook } from './queue-book.ts';
import { definitionOf, QUEUE_PLANS } from './queue-plan.ts';
import { planRound, type RoundPlan } from './round-plan.ts';
import type { StoreGround } from './store-ground.ts';

/** Numbers of items that one life may use. */
const NUMBERS_OF_LIFE = 100_000;
const CALLS = 60;
const LONGEST_WORK_MS = 5_000;
const GRACE_S = 10;
/** Where the store is away at a stop, nobody waits for it long. */
const SHORT_GRACE_S = 1.5;
/** Lives whose lines are kept for the history. */
const KEPT_LIVES = 4;

/** A round went wrong. */
class RoundFailure extends Error {
  override readonly name = 'RoundFailure';
}

export interface WorldOptions {
  readonly ground: StoreGround;
  readonly seed: number;
  /** The address of the node. */
  readonly address: string;
  /** A folder for compiled code, so that processes start quickly. */
  readonly compiled: string;
  readonly tally: ChaosTally;
}

/** The lives of one process on one store, one after another, and what is known of its queues. */
export class ChaosWorld {
  readonly #options: WorldOptions;
  readonly #books = new Map(QUEUE_PLANS.map((plan) => [plan.name, new QueueBook(plan)]));
  readonly #history: { readonly title: string; readonly lines: readonly DiaryLine[]; readonly noise: string[] }[] = [];
  #lives = 0;
  /** Milliseconds that loading and stopping take when nothing is in their way. */
  readonly #usual = { loading: 50, stopping: 50 };

  constructor(options: WorldOptions) {
    this.#options = options;
  }

  /** One life from its start to its end. Rejects with a RoundFailure. */
  async round(number: number): Promise<void> {
    const random = new SeededRandom(this.#options.seed * 1_000_003 + number);
    const plan = planRound(random);
    await this.#live(number, plan, random);
    this.#options.tally.rounds += 1;
  }

  /** A life in which nothing is done but to look. */
  async lookOnce(): Promise<void> {
    const plan: RoundPlan = {
      ending: 'stopped',
      killAt: 0,
      lines: 0,
      troubleAt: undefined,
      storeAway: undefined,
      backAfterMs: 0,
      users: 0,
      bulk: 0,
    };
    await this.#live(-1, plan, new SeededRandom(this.#options.seed));
  }

  get items(): number {
    return [...this.#books.values()].reduce((sum, { added }) => sum + added, 0);
  }

  async #live(number: number, plan: RoundPlan, random: SeededRandom): Promise<void> {
    const { ground, seed, compiled } = this.#options;
    const ending = new AbortController();
    const title = `round ${number} on ${ground.kind}, seed ${seed}: ${JSON.stringify(plan)}`;
    let life: Life | undefined;
    let trouble: Promise<void> | undefined;
    try {
      if (plan.storeAway === 'at the start') await ground.takeAway();
      life = await Life.start(this.#lifePlan(plan, random), compiled);
      trouble = this.#makeTrouble(plan, random, ending.signal);
      await this.#endLife(life, plan);
      ending.abort();
      await trouble;
      await ground.mend();
      this.#remember(title, life);
      this.#read(life, plan);
    } catch (error) {
      ending.abort();
      await life?.kill();
      await trouble?.catch(() => {});
      if (life !== undefined && this.#history.at(-1)?.lines !== life.lines) this.#remember(title, life);
      throw new RoundFailure(this.#story(title, error as Error), { cause: error });
    }
  }

  #lifePlan({ users, bulk, storeAway }: RoundPlan, random: SeededRandom): LifePlan {
    const { ground, address } = this.#options;
    this.#lives += 1;
    return {
      settings: {
        ...ground.settings,
        server_address: `sip:${address}:5060`,
        cluster_name: 'chaos',
        partition: '0',
        shutdown_grace: storeAway === 'at the stop' ? SHORT_GRACE_S : GRACE_S,
        mqueue: QUEUE_PLANS.map(definitionOf),
      },
      seed: Math.floor(random.fraction() * 2 ** 31),
      first: this.#lives * NUMBERS_OF_LIFE,
      users,
      calls: CALLS,
      bulk,
    };
  }

  async #makeTrouble(plan: RoundPlan, random: SeededRandom, signal: AbortSignal): Promise<void> {
    const { ground } = this.#options;
    if (plan.storeAway === 'at the start') {
      if (plan.backAfterMs === undefined) return;
      await after(plan.backAfterMs, undefined, { signal }).catch(() => {});
      await ground.mend();
    }
    if (plan.troubleAt === undefined) return;
    await after(plan.troubleAt, undefined, { signal }).catch(() => {});
    if (!signal.aborted) await ground.disturb(random, signal);
  }

  async #endLife(life: Life, plan: RoundPlan): Promise<void> {
    const { ground, tally } = this.#options;
    const { ending } = plan;
    await life.reached('starting');
    const start = performance.now();
    if (ending.endsWith('while loading')) {
      await after(plan.killAt * this.#usual.loading);
    } else {
      await life.reached('ready');
      if (plan.troubleAt === undefined) this.#usual.loading = performance.now() - start;
      await life.written(life.lines.length + plan.lines, LONGEST_WORK_MS);
      await after(plan.killAt * 5);
    }
    if (ending === 'killed at work' || ending === 'killed while loading') {
      await life.kill();
    } else {
      if (plan.storeAway === 'at the stop') await ground.takeAway();
      life.terminate();
      const stop = performance.now();
      if (ending === 'killed while stopping') {
        await life.reached('stopping');
        const usual = plan.storeAway === 'at the stop' ? SHORT_GRACE_S * 500 : this.#usual.stopping;
        await after(plan.killAt * usual);
        await life.kill();
      } else {
        const code = await life.ended();
        if (code !== 0) throw new Error(`the process ended with ${code}`);
        if (plan.troubleAt === undefined && plan.storeAway === undefined) {
          this.#usual.stopping = performance.now() - stop;
        }
      }
    }
    tally.count(ending);
  }

  /** Everything that the process has written goes into the books, and is compared with what they say. */
  #read(life: Life, { ending }: RoundPlan): void {
    const { tally } = this.#options;
    for (const line of life.lines) {
      if ('queue' in line) this.#books.get(line.queue)?.take(line);
      else for (const book of this.#books.values()) book.take(line);
    }
    const stopped = life.lines.find((line) => line.line === 'stopped');
    const isStopping = life.lines.some(({ line }) => line === 'stopping');
    const how: Ending = stopped !== undefined ? 'stopped' : isStopping ? 'killed while stopping' : 'killed';
    const { lost, fenced, spilled } = stopped?.report ?? { lost: [], fenced: [], spilled: [] };
    const [bad] = [...lost, ...fenced];
    if (bad !== undefined)
      throw new Contradiction(bad, `the stop says it is ${lost.includes(bad) ? 'lost' : 'fenced'}`);
    if (spilled.length > 0) tally.count('queues spilled', spilled.length);
    const cut = ending.startsWith('killed') ? 1 : 0;
    if (life.noise.length > cut) throw new Error(`it wrote beside its diary: ${life.noise.join('\n')}`);
    for (const book of this.#books.values()) book.end(how);
  }

  #remember(title: string, { lines, noise }: Life): void {
    this.#history.push({ title, lines, noise });
    if (this.#history.length > KEPT_LIVES) this.#history.shift();
  }

  /** What is wrong, and all that was asked of the queue in the last lives. */
  #story(title: string, error: Error): string {
    const queue = error instanceof Contradiction ? error.queue : undefined;
    const lives = this.#history.flatMap((life) => {
      const lines = life.lines.filter((line) => !('queue' in line) || line.queue === queue);
      return [life.title, ...lines.map((line) => `  ${JSON.stringify(line)}`), ...life.noise];
    });
    const wrong = error instanceof Contradiction ? error.message : (error.stack ?? error.message);
    return [...lives, title, wrong].join('\n');
  }
}
