import process from 'node:process';
import { setTimeout as after } from 'node:timers/promises';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { highlighted } from '../highlighted.ts';
import type { NodeApi } from '../node-api/node-api.ts';
import { print } from '../print.ts';
import { LiveScreen } from './live-screen.ts';
import { type NodeRates, ratesBetween } from './node-rates.ts';
import { type NodeSample, takeSample } from './node-sample.ts';
import { topLines } from './top-lines.ts';

export interface RunTop {
  /** From one look to the next, in milliseconds. */
  readonly intervalMs: number;
  /** Prints what happened within one interval, and ends. */
  readonly once: boolean;
}

/** `kdmq top`. */
export async function runTop(api: NodeApi, { intervalMs, once }: RunTop, signal: AbortSignal): Promise<number> {
  if (once) {
    const before = await takeSample(api);
    await after(intervalMs, undefined, { signal });
    await print(`${topLines(ratesBetween(before, await takeSample(api)), undefined).join('\n')}\n`);
    return EXIT_CODES.ok;
  }
  if (!process.stdout.isTTY) {
    throw new CommandFailure(
      EXIT_CODES.usage,
      'standard output is no terminal: --once prints one sample, kdmq watch what happens',
    );
  }
  // What is wrong from the beginning is said before the terminal is taken.
  return watchNode(api, await takeSample(api), intervalMs, signal);
}

async function watchNode(api: NodeApi, first: NodeSample, intervalMs: number, signal: AbortSignal): Promise<number> {
  let before = first;
  let rates = ratesBetween(first, first);
  let trouble = '';
  const show = (): void => screen.show(linesOf(rates, trouble, screen));
  using screen = new LiveScreen(() => show());
  const ended = AbortSignal.any([signal, screen.ended]);
  show();
  while (!ended.aborted) {
    await after(intervalMs, undefined, { signal: ended }).catch(() => {});
    if (ended.aborted) break;
    try {
      const now = await takeSample(api);
      rates = ratesBetween(before, now);
      before = now;
      trouble = '';
    } catch (error) {
      // A node that restarts is one that somebody watches. Anything else will not go away.
      if (!(error instanceof CommandFailure) || error.exitCode !== EXIT_CODES.unavailable) {
        if (ended.aborted) break;
        throw error;
      }
      trouble = error.message;
    }
    show();
  }
  return EXIT_CODES.ok;
}

function linesOf(rates: NodeRates, trouble: string, { room }: LiveScreen): readonly string[] {
  const foot = trouble === '' ? highlighted('faint', 'q ends') : highlighted('bad', trouble.slice(0, room.columns));
  const lines = topLines(rates, { columns: room.columns, rows: Math.max(1, room.rows - 1) });
  return room.rows < 2 ? lines : [...lines, foot];
}
