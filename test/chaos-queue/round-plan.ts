import type { SeededRandom } from '../fakes/seeded-random.ts';

/** How the process of a round ends. */
export type RoundEnding =
  | 'killed while loading'
  | 'stopped while loading'
  | 'killed at work'
  | 'killed while stopping'
  | 'stopped';

/** What a round does, all of it from its seed. Fractions are of a time that is measured. */
export interface RoundPlan {
  readonly ending: RoundEnding;
  /** Of the usual time of what it is killed in. */
  readonly killAt: number;
  /** Lines of the diary after which its time to end has come. */
  readonly lines: number;
  /** Milliseconds until something happens to the store; undefined: nothing does. */
  readonly troubleAt: number | undefined;
  /** From when on they are counted: while the queues are loaded, at work, or while they are saved. */
  readonly troubleIn: 'starting' | 'ready' | 'stopping';
  /** The store is away: when the process starts, or when it stops. */
  readonly storeAway: 'at the start' | 'at the stop' | undefined;
  /** Milliseconds after which a store that was away at the start is back; undefined: not in this round. */
  readonly backAfterMs: number | undefined;
  /** It is still away when the next round begins. */
  readonly staysAway: boolean;
  readonly users: number;
  /** Items of a queue with which it has enough. */
  readonly enough: number;
  readonly bulk: number;
}

/** @param hasSpilled the round before has: how what is spilled is brought over is looked at more closely. */
export function planRound(random: SeededRandom, hasSpilled: boolean): RoundPlan {
  const ending = pick<RoundEnding>(random, [
    [hasSpilled ? 0.5 : 0.12, 'killed while loading'],
    [0.05, 'stopped while loading'],
    [0.38, 'killed at work'],
    [0.2, 'killed while stopping'],
    [0.25, 'stopped'],
  ]);
  const killAt = random.fraction() ** 1.5 * 2;
  const lines = Math.floor(random.fraction() ** 2 * 3_000);
  const troubleAt = random.fraction() < 0.7 ? random.fraction() ** 2 * 200 : undefined;
  const troubleIn = pick(random, [
    [0.3, 'starting'],
    [0.5, 'ready'],
    [0.2, 'stopping'],
  ] as const);
  const storeAway = pick(random, [
    [0.08, 'at the start'],
    [0.15, 'at the stop'],
    [0.77, undefined],
  ] as const);
  const isLoading = ending.endsWith('loading');
  const backAfterMs = isLoading && random.fraction() < 0.5 ? undefined : random.fraction() * 1_500;
  const staysAway = (storeAway === 'at the stop' || backAfterMs === undefined) && random.fraction() < 0.4;
  const users = 1 + Math.floor(random.fraction() ** 2 * 5);
  const enough = Math.floor(random.fraction() ** 3 * 60);
  const bulk = random.fraction() < 0.04 ? 6_000 : 0;
  const trouble = { troubleAt, troubleIn, storeAway, backAfterMs, staysAway };
  return { ending, killAt, lines: bulk > 0 ? lines * 10 : lines, ...trouble, users, enough, bulk };
}

function pick<T>(random: SeededRandom, weighted: readonly (readonly [weight: number, value: T])[]): T {
  let left = random.fraction();
  for (const [weight, value] of weighted) {
    left -= weight;
    if (left < 0) return value;
  }
  return weighted.at(-1)![1];
}
