import { setTimeout as after } from 'node:timers/promises';

/** A step of the demo did not hold. `expected` and `seen` are lines for people. */
export class StepFailed extends Error {
  readonly code = 'DEMO_STEP_FAILED';
  readonly expected: readonly string[];
  readonly seen: readonly string[];

  constructor(what: string, expected: readonly string[], seen: readonly string[]) {
    super(what);
    this.name = 'StepFailed';
    this.expected = expected;
    this.seen = seen;
  }
}

/** What a step waits for. */
export interface Wait<Seen> {
  readonly what: string;
  readonly deadlineMs: number;
  readonly look: () => Promise<Seen>;
  readonly holds: (seen: Seen) => boolean;
  readonly expected: () => readonly string[];
  readonly describe: (seen: Seen) => readonly string[];
  readonly signal: AbortSignal;
}

const pauseMs = 20;

/** Looks again and again until it holds; gives what was seen then and the milliseconds since the call. */
export async function waitUntil<Seen>(wait: Wait<Seen>): Promise<{ seen: Seen; ms: number }> {
  const start = performance.now();
  for (;;) {
    wait.signal.throwIfAborted();
    const seen = await wait.look();
    const ms = Math.round(performance.now() - start);
    if (wait.holds(seen)) return { seen, ms };
    if (ms > wait.deadlineMs) {
      throw new StepFailed(`${wait.what}: not within ${wait.deadlineMs} ms`, wait.expected(), wait.describe(seen));
    }
    await after(pauseMs, undefined, { signal: wait.signal });
  }
}
