import { SeededRandom } from '../fakes/seeded-random.ts';
import type { ChaosTally } from './chaos-tally.ts';
import { Contradiction } from './contradiction.ts';
import type { DiaryLine, LifePlan } from './diary.ts';
import { Life } from './life.ts';
import { type Ending, type QueueBook, ReadQueueBook } from './queue-book.ts';
import { definitionOf, QUEUE_PLANS, type QueuePlan } from './queue-plan.ts';
import { planRound, type RoundPlan } from './round-plan.ts';
import { RoundRun, type UsualTimes } from './round-run.ts';
import { SaveOnlyBook } from './save-only-book.ts';
import type { StoreGround } from './store-ground.ts';
import { CLUSTER, isSpilled, PARTITION, replaceContent, storedContent } from './stored-queues.ts';

/** Numbers of items that one life may use. */
const NUMBERS_OF_LIFE = 100_000;
const CALLS = 60;
const GRACE_S = 10;
/** Where the store is away at a stop, nobody waits for it long. */
const SHORT_GRACE_S = 1.5;
/** Lives whose lines are kept for the history. */
const KEPT_LIVES = 4;
/** What is put into a queue that is never written, and how much one that is never read may hold. */
const FILLED_ITEMS = 60;
const MOST_SAVED = 500;

/** A round went wrong. The message has the history of the queue. */
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
  readonly #books = new Map<string, QueueBook>(QUEUE_PLANS.map((plan) => [plan.name, bookOf(plan)]));
  readonly #history: { readonly title: string; readonly life: Life }[] = [];
  readonly #usual: UsualTimes = { loading: 50, stopping: 50 };
  #lives = 0;
  #hasSpilled = false;

  constructor(options: WorldOptions) {
    this.#options = options;
  }

  get items(): number {
    return [...this.#books.values()].reduce((sum, { added }) => sum + added, 0);
  }

  /** One life from its start to its end. Rejects with a RoundFailure. */
  async round(number: number): Promise<void> {
    const random = new SeededRandom(this.#options.seed * 1_000_003 + number);
    const plan = planRound(random, this.#hasSpilled);
    await this.#live(`round ${number}`, plan, random);
    this.#options.tally.count(plan.ending);
    this.#options.tally.rounds += 1;
  }

  /** A life in which nothing is done but to look. */
  async lookOnce(): Promise<void> {
    const calm = {
      troubleAt: undefined,
      troubleIn: 'ready',
      storeAway: undefined,
      backAfterMs: 0,
      staysAway: false,
    } as const;
    const plan: RoundPlan = { ending: 'stopped', killAt: 0, lines: 0, users: 0, enough: 0, bulk: 0, ...calm };
    await this.#live('a look', plan, new SeededRandom(this.#options.seed));
    await this.#lookIntoStore();
  }

  async #live(name: string, plan: RoundPlan, random: SeededRandom): Promise<void> {
    const { ground, seed, compiled } = this.#options;
    const title = `${name} on ${ground.kind}, seed ${seed}: ${JSON.stringify(plan)}`;
    try {
      if (plan.storeAway === 'at the start') await ground.takeAway();
      if (!ground.isAway) await this.#lookIntoStore();
      const life = await Life.start(this.#lifePlan(plan, random), compiled);
      this.#remember(title, life);
      const run = new RoundRun(life, plan, ground, this.#usual);
      await run.toItsEnd(random);
      this.#read(life, plan, run.isCalm);
    } catch (error) {
      throw new RoundFailure(this.#story(title, error as Error), { cause: error });
    }
  }

  #lifePlan({ users, enough, bulk, storeAway, backAfterMs }: RoundPlan, random: SeededRandom): LifePlan {
    const { ground, address } = this.#options;
    const stopsWithoutStore = storeAway === 'at the stop' || (ground.isAway && backAfterMs === undefined);
    this.#lives += 1;
    return {
      settings: {
        ...ground.settings,
        server_address: `sip:${address}:5060`,
        cluster_name: CLUSTER,
        partition: PARTITION,
        shutdown_grace: stopsWithoutStore ? SHORT_GRACE_S : GRACE_S,
        mqueue: QUEUE_PLANS.map(definitionOf),
      },
      seed: Math.floor(random.fraction() * 2 ** 31),
      first: this.#lives * NUMBERS_OF_LIFE,
      users,
      calls: CALLS,
      enough,
      bulk,
    };
  }

  /** Everything that the process has written goes into the books, and is compared with what they say. */
  #read(life: Life, { ending }: RoundPlan, isCalm: boolean): void {
    const { tally } = this.#options;
    for (const line of life.lines) {
      if ('queue' in line) this.#books.get(line.queue)?.take(line);
      else for (const book of this.#books.values()) book.take(line);
    }
    const stopped = life.lines.find((line) => line.line === 'stopped');
    const isStopping = life.lines.some(({ line }) => line === 'stopping');
    const how: Ending = stopped !== undefined ? 'stopped' : isStopping ? 'killed while stopping' : 'killed';
    this.#hasSpilled = false;
    if (stopped !== undefined) {
      const { lost, fenced, spilled } = stopped.report;
      for (const queue of lost) throw new Contradiction(queue, 'the stop says that it is lost');
      for (const queue of fenced) throw new Contradiction(queue, 'the stop says that somebody else has it');
      this.#hasSpilled = spilled.length > 0;
      if (this.#hasSpilled) tally.count('queues spilled', spilled.length);
    }
    // The last line of a process that was killed may be cut.
    const cut = ending.startsWith('killed') ? 1 : 0;
    if (life.noise.length > cut) throw new Error(`it wrote beside its diary: ${life.noise.join('\n')}`);
    for (const book of this.#books.values()) book.end(how, isCalm);
  }

  /** Looks at the queue that is never read, and fills the one that is never written. No process lives. */
  async #lookIntoStore(): Promise<void> {
    const { ground } = this.#options;
    const store = await ground.open();
    try {
      for (const plan of QUEUE_PLANS) {
        const book = this.#books.get(plan.name);
        if (book instanceof SaveOnlyBook && !(await isSpilled(ground.folder, plan))) {
          const found = await storedContent(store, plan);
          book.look(found);
          if (found.length < MOST_SAVED) continue;
          await replaceContent(store, plan, []);
          book.emptied();
        } else if (plan.dbMode === 'load' && book instanceof ReadQueueBook && book.isEmpty) {
          const first = this.#lives * NUMBERS_OF_LIFE + NUMBERS_OF_LIFE / 2;
          const numbers = Array.from({ length: FILLED_ITEMS }, (_, index) => first + index);
          book.fill(await replaceContent(store, plan, numbers));
        }
      }
    } finally {
      await store.close();
    }
  }

  #remember(title: string, life: Life): void {
    this.#history.push({ title, life });
    if (this.#history.length > KEPT_LIVES) this.#history.shift();
  }

  /** What is wrong, and all that was asked of the queue in the last lives. */
  #story(title: string, error: Error): string {
    const queue = error instanceof Contradiction ? error.queue : undefined;
    const isTold = (line: DiaryLine): boolean => !('queue' in line) || line.queue === queue;
    const lives = this.#history.flatMap(({ title: name, life: { lines, noise } }) => [
      name,
      ...lines.filter(isTold).map((line) => `  ${JSON.stringify(line)}`),
      ...noise,
    ]);
    const wrong = error instanceof Contradiction ? error.message : (error.stack ?? error.message);
    return [...lives, title, wrong].join('\n');
  }
}

function bookOf(plan: QueuePlan): QueueBook {
  return plan.dbMode === 'save' ? new SaveOnlyBook(plan) : new ReadQueueBook(plan);
}
