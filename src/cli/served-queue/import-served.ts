import { stat } from 'node:fs/promises';
import process from 'node:process';
import { SystemClock } from '../../edges/system/system-clock.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { NodeApi } from '../node-api/node-api.ts';
import { note, print } from '../print.ts';
import { Progress, progressBar } from '../progress.ts';
import { BadList } from '../queue/bad-list.ts';
import type { FoundItem } from '../queue/item-source.ts';
import { openLines } from '../queue/line-source.ts';
import type { ImportCommand } from '../queue/queue-command.ts';
import { count, listed } from '../words.ts';
import { type Dropped, droppedMeanwhile } from './dropped-meanwhile.ts';
import { ItemAdder } from './item-adder.ts';
import { patiently } from './patiently.ts';
import { type QueueState, queuePath } from './queue-state.ts';

/** How safe they are when the node has answered, by the durability of the queue. */
const SAFE: Readonly<Record<string, string>> = {
  none: 'They are in its memory, and end with it (durability none).',
  stop: 'They are in its memory, and saved when it stops (durability stop).',
  always: 'They are in its store (durability always).',
};

/**
 * `kdmq queue import` through a running node: as anybody adds items, so not all or none. What is wrong in a file is therefore looked for
 * before the first one is sent; standard input can be read once only.
 */
export async function importServed(api: NodeApi, command: ImportCommand, signal: AbortSignal): Promise<number> {
  const { queue, from, skipBad } = command;
  if (/^(?:rediss?(?:\+[a-z]+)?|unix):/.test(from)) {
    throw new CommandFailure(
      EXIT_CODES.usage,
      'a Redis is read with --format kamailio and the store of the nodes, not through a node; lines of JSON are in a file',
    );
  }
  const before = await readyQueue(api, queue);
  const total = (await isFile(from)) ? await checked(from, skipBad, signal) : undefined;
  const adder = new ItemAdder(api, queue, signal);
  const bad = new BadList();
  const progress = new Progress(process.stderr, new SystemClock());
  let after: QueueState;
  try {
    await eachItem(from, signal, async ({ item, problem }) => {
      if (item !== undefined) await adder.add(item);
      else if (skipBad) bad.add(problem);
      else {
        await adder.end();
        throw new CommandFailure(EXIT_CODES.data, `${problem}. Mend that, or leave it out with --skip-bad`);
      }
      progress.show(() => `${progressBar(total && adder.added / total)}${count(adder.added, 'item')} added`);
    });
    await adder.end();
    after = await patiently(signal, () => lookAt(api, queue));
  } catch (error) {
    progress.end();
    throw withAccount(error, adder, signal);
  } finally {
    progress.end();
  }
  if (bad.count > 0) note(`${count(bad.count, 'was', 'were')} left out:\n${bad.lines().trimEnd()}`);
  const name = from === '-' ? 'standard input' : from;
  const { added } = adder;
  if (added === 0) {
    if (bad.count > 0) throw new CommandFailure(EXIT_CODES.data, 'nothing is left to import');
    await print(`There are no items in ${name}, and nothing was done.\n`);
    return EXIT_CODES.ok;
  }
  const [replaced = 0, kept = 0] = ['replaced', 'kept'].map((outcome) => adder.outcomes.get(outcome));
  const there = count(added - kept, 'item of', 'items of');
  const are = added - kept === 1 ? 'is' : 'are';
  const where = `queue ${queue} at ${api.name}`;
  const dropped = droppedMeanwhile(before, after);
  if (dropped.items > 0)
    throw new CommandFailure(
      EXIT_CODES.unavailable,
      `${there} ${name} ${added - kept === 1 ? 'was' : 'were'} added to ${where}${ofWhich(replaced, kept)}${butDropped(dropped, after)}`,
    );
  await print(`${there} ${name} ${are} in ${where}${ofWhich(replaced, kept)}. ${SAFE[after.durability] ?? ''}\n`);
  return EXIT_CODES.ok;
}

/** Where the queue stands ready: a refusal of the first item would say no more. */
async function readyQueue(api: NodeApi, queue: string): Promise<QueueState> {
  const looked = await lookAt(api, queue);
  if (looked.state === 'ready') return looked;
  const reason = looked.why === undefined ? '' : `: ${looked.why}`;
  throw new CommandFailure(
    EXIT_CODES.unavailable,
    `queue ${queue} at ${api.name} is ${looked.state}, so nothing was imported${reason}`,
  );
}

async function lookAt(api: NodeApi, queue: string): Promise<QueueState> {
  return (await api.ask({ method: 'GET', path: queuePath(queue) })) as QueueState;
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** How many items a file has. Throws a CommandFailure with all that is bad, unless that is to be left out. */
async function checked(path: string, skipBad: boolean, signal: AbortSignal): Promise<number> {
  const bad = new BadList();
  let found = 0;
  await eachItem(path, signal, async ({ problem }) => {
    found += 1;
    if (problem !== undefined) bad.add(problem);
  });
  if (bad.count === 0 || skipBad) return found - bad.count;
  throw new CommandFailure(
    EXIT_CODES.data,
    `${bad.count.toLocaleString('en')} of ${count(found, 'item')} ${bad.count === 1 ? 'is' : 'are'} wrong, so nothing was imported:\n${bad.lines()}Mend that, or leave it out with --skip-bad.`,
  );
}

async function eachItem(path: string, signal: AbortSignal, take: (found: FoundItem) => Promise<void>): Promise<void> {
  const source = await openLines(path);
  // A read that waits, as for standard input, ends by that.
  const close = (): void => source.close();
  signal.addEventListener('abort', close);
  try {
    for await (const batch of source.batches()) {
      for (const found of batch) {
        signal.throwIfAborted();
        await take(found);
      }
    }
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', close);
    source.close();
  }
}

/** What unique keys have made of some. */
function ofWhich(replaced: number, kept: number): string {
  const words = [
    ...(replaced > 0 ? [`${replaced.toLocaleString('en')} in the place of one with the same key`] : []),
    ...(kept > 0 ? [`${kept.toLocaleString('en')} more left out, because one with the same key is there`] : []),
  ];
  return words.length === 0 ? '' : ` (${words.join('; ')})`;
}

/** Which ones it dropped nobody knows: of these, or of those that were there before. */
function butDropped({ items, limits }: Dropped, { size, delayed, leased }: QueueState): string {
  const left = size + delayed + leased;
  return `, but it was full (${listed(limits)}) and dropped ${count(items, 'item')} meanwhile, the oldest first: ${count(left, 'is', 'are')} in it now. Raise ${listed(limits)}, or import less at a time`;
}

/** Who goes on has to know what is there. */
function withAccount(error: unknown, { added, unsure, firstMissing }: ItemAdder, signal: AbortSignal): unknown {
  const parts = [
    added === 0 && unsure === 0 ? 'nothing was added' : `${count(added, 'item was', 'items were')} added`,
    ...(unsure > 0
      ? [`${count(unsure, 'more may', 'more may')} have been: look (kdmq queue peek) before you go on`]
      : []),
    ...(firstMissing === undefined ? [] : [`the first that is missing is item ${firstMissing.toLocaleString('en')}`]),
  ];
  const account = parts.join('; ');
  if (signal.aborted) note(account);
  return error instanceof CommandFailure && !signal.aborted
    ? new CommandFailure(error.exitCode, `${error.message}\n${account[0]?.toUpperCase()}${account.slice(1)}.`, {
        cause: error,
      })
    : error;
}
