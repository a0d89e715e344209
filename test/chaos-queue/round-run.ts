import { setTimeout as after } from 'node:timers/promises';
import type { SeededRandom } from '../fakes/seeded-random.ts';
import type { Life } from './life.ts';
import type { RoundPlan } from './round-plan.ts';
import type { StoreGround } from './store-ground.ts';

const LONGEST_WORK_MS = 5_000;
/** Whose end does not wait for what it is in. */
const LONGEST_DELAY_MS = 5;
/** Work goes on for some time when the store is away already. */
const LONGEST_WITHOUT_MS = 100;
/** About as long a process waits before it looks again for a store that was away for some time. */
const LONGEST_RETRY_MS = 300;

/** Milliseconds that something takes when nothing is in its way. */
export interface UsualTimes {
  loading: number;
  stopping: number;
}

/** Leads a process through a round: makes trouble for its store, and ends it as planned. */
export class RoundRun {
  readonly #life: Life;
  readonly #plan: RoundPlan;
  readonly #ground: StoreGround;
  readonly #usual: UsualTimes;
  readonly #ended = new AbortController();
  /** The store is there, or will not be in this round. */
  readonly #isThere = Promise.withResolvers<void>();
  /** Nothing was or is wrong with the store. */
  readonly isCalm: boolean;

  constructor(life: Life, plan: RoundPlan, ground: StoreGround, usual: UsualTimes) {
    this.#life = life;
    this.#plan = plan;
    this.#ground = ground;
    this.#usual = usual;
    this.isCalm = !ground.isAway && plan.troubleAt === undefined && plan.storeAway === undefined;
  }

  /** Resolves when the process is gone and its store is as it shall be for the next one. Rejects when the process hangs or breaks down. */
  async toItsEnd(random: SeededRandom): Promise<void> {
    const trouble = this.#makeTrouble(random);
    try {
      await this.#endLife();
    } catch (error) {
      await this.#life.kill();
      await this.#settle(trouble);
      throw error;
    }
    await this.#settle(trouble);
  }

  async #settle(trouble: Promise<void>): Promise<void> {
    this.#ended.abort();
    await trouble;
    if (!this.#plan.staysAway) await this.#ground.mend();
  }

  async #makeTrouble(random: SeededRandom): Promise<void> {
    const { troubleAt, troubleIn, backAfterMs } = this.#plan;
    const { signal } = this.#ended;
    if (this.#ground.isAway && backAfterMs !== undefined) {
      await pause(backAfterMs, signal);
      await this.#ground.mend();
    }
    this.#isThere.resolve();
    if (this.#ground.isAway) return;
    if (troubleAt === undefined) return;
    await this.#life.reached(troubleIn);
    await pause(troubleAt, signal);
    if (!signal.aborted) await this.#ground.disturb(random, signal);
  }

  async #endLife(): Promise<void> {
    const { ending, killAt, lines, storeAway } = this.#plan;
    const life = this.#life;
    await life.reached('starting');
    if (ending.endsWith('while loading')) {
      const wasAway = this.#ground.isAway;
      await this.#isThere.promise;
      await after(killAt * this.#usual.loading + (wasAway ? killAt * LONGEST_RETRY_MS : 0));
    } else {
      const start = performance.now();
      await life.reached('ready');
      if (this.isCalm) this.#usual.loading = performance.now() - start;
      await life.written(life.lines.length + lines, LONGEST_WORK_MS);
      await after(killAt * LONGEST_DELAY_MS);
    }
    if (ending === 'killed at work' || ending === 'killed while loading') return life.kill();
    if (storeAway === 'at the stop') {
      await this.#ground.takeAway();
      await after(killAt * LONGEST_WITHOUT_MS);
    }
    await this.#stop();
  }

  async #stop(): Promise<void> {
    const { ending, killAt } = this.#plan;
    const start = performance.now();
    this.#life.terminate();
    if (ending === 'killed while stopping') {
      await this.#life.reached('stopping');
      await after(killAt * this.#usual.stopping);
      return this.#life.kill();
    }
    const code = await this.#life.ended();
    if (code !== 0) throw new Error(`the process ended with ${code}`);
    if (this.isCalm) this.#usual.stopping = performance.now() - start;
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await after(ms, undefined, { signal }).catch(() => {});
}
