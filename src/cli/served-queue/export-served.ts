import process from 'node:process';
import { maskPasswords } from '../../core/mask-passwords.ts';
import { SystemClock } from '../../edges/system/system-clock.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { NodeApi } from '../node-api/node-api.ts';
import { print } from '../print.ts';
import { Progress, progressBar } from '../progress.ts';
import { FileSink } from '../queue/line-sinks.ts';
import type { ExportCommand } from '../queue/queue-command.ts';
import { count } from '../words.ts';
import { type QueueState, queuePath } from './queue-state.ts';

const LINE_END = 10;

/** `kdmq queue export` through a running node: what it serves of the queue, as it is at this moment. */
export async function exportServed(api: NodeApi, { queue, to }: ExportCommand): Promise<number> {
  const path = queuePath(queue);
  const { size, delayed, leased } = (await api.ask({ method: 'GET', path })) as QueueState;
  const all = size + delayed + leased;
  const pieces = await api.listen(`/api/v1${path}/export`, {}, { accept: 'application/x-ndjson' });
  const file = to === undefined ? undefined : new FileSink(to);
  const progress = new Progress(process.stderr, new SystemClock());
  let items = 0;
  try {
    for await (const piece of pieces) {
      await (file === undefined ? print(piece) : file.writeBytes(piece));
      for (const byte of piece) if (byte === LINE_END) items += 1;
      progress.show(() => `${progressBar(all === 0 ? undefined : items / all)}${count(items, 'item')} read`);
    }
    await file?.finish();
  } catch (error) {
    await file?.abandon();
    throw brokenOff(error, queue, items, to);
  } finally {
    progress.end();
  }
  if (to !== undefined) {
    const are = items === 1 ? 'is' : 'are';
    await print(`${count(items, 'item')} of queue ${queue} at ${api.name} ${are} in ${maskPasswords(to)}\n`);
  }
  return EXIT_CODES.ok;
}

/** A connection that is lost in the middle is no node that is away, and what was printed is not all. */
function brokenOff(error: unknown, queue: string, items: number, to: string | undefined): unknown {
  if (!(error instanceof CommandFailure) || error.exitCode !== EXIT_CODES.unavailable) return error;
  const left = to === undefined ? 'what was printed is not all of it' : `nothing is in ${to}`;
  return new CommandFailure(
    error.exitCode,
    `the export of queue ${queue} broke off after ${count(items, 'item')}, ${left}: ${error.message}`,
  );
}
