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
  /** Milliseconds from the start to a trouble of the store; undefined: none. */
  readonly troubleAt: number | undefined;
  /** The store is away: when the process starts, or when it stops. */
  readonly storeAway: 'at the start' | 'at the stop' | undefined;
  /** Milliseconds after which a store that was away at the start is back; undefined: not in this round. */
  readonly backAfterMs: number | undefined;
  readonly users: number;
  readonly bulk: number;
}

export function planRound(random: SeededRandom): RoundPlan {
  const ending = pick<RoundEnding>(random, [
    [0.12, 'killed while loading'],
    [0.05, 'stopped while loading'],
    [0.38, 'killed at work'],
    [0.2, 'killed while stopping'],
    [0.25, 'stopped'],
  ]);
  const killAt = random.fraction() ** 1.5 * 2;
  const lines = Math.floor(random.fraction() ** 2 * 3_000);
  const troubleAt = random.fraction() < 0.5 ? random.fraction() * 700 : undefined;
  const storeAway = pick(random, [
    [0.08, 'at the start'],
    [0.15, 'at the stop'],
    [0.77, undefined],
  ] as const);
  const isLoading = ending.endsWith('loading');
  const backAfterMs = isLoading && random.fraction() < 0.5 ? undefined : random.fraction() * 1_500;
  const users = 1 + Math.floor(random.fraction() ** 2 * 5);
  const bulk = random.fraction() < 0.04 ? 6_000 : 0;
  return { ending, killAt, lines: bulk > 0 ? lines * 10 : lines, troubleAt, storeAway, backAfterMs, users, bulk };
}

function pick<T>(random: SeededRandom, weighted: readonly (readonly [weight: number, value: T])[]): T {
  let left = random.fraction();
  for (const [weight, value] of weighted) {
    left -= weight;
    if (left < 0) return value;
  }
  return weighted.at(-1)![1];
}
