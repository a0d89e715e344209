import { hostname } from 'node:os';
import process from 'node:process';
import type { ItemLine } from '../../core/mqueue/item-line.ts';
import { writeItem } from '../../core/mqueue/item-record.ts';
import { depositItems } from '../../queues/deposit-items.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { note, print } from '../print.ts';
import { Progress, progressBar } from '../progress.ts';
import { count } from '../words.ts';
import { BadList } from './bad-list.ts';
import { configuredPartition } from './configured-partition.ts';
import { type FoundQueue, findQueue } from './find-queue.ts';
import type { ItemSource } from './item-source.ts';
import { openLines } from './line-source.ts';
import { mustBeRead, nextStep } from './next-step.ts';
import type { ImportCommand } from './queue-command.ts';
import type { QueueContext } from './queue-context.ts';
import { openRows } from './table-source.ts';

/** `kdmq queue import`: all of the items or none, as a partition of their own that the node of a partition takes on. */
export async function importQueue(context: QueueContext, command: ImportCommand): Promise<number> {
  const { queue, from, format } = command;
  const found = await findQueue(context, queue, 'A new one has to be defined first (--config, --mqueue).');
  mustBeRead(queue, found);
  if (format === 'jsonl' && /^(?:rediss?(?:\+[a-z]+)?|unix):/.test(from)) {
    throw new CommandFailure(EXIT_CODES.usage, 'a Redis is read with --format kamailio; lines of JSON are in a file');
  }
  const source = format === 'kamailio' ? await openRows(context, command) : await openLines(from);
  // A read that waits, as for standard input, ends by that.
  const close = (): void => source.close();
  context.signal.addEventListener('abort', close);
  try {
    for (const each of source.notes) note(each);
    return await deposit(context, command, found, source);
  } finally {
    context.signal.removeEventListener('abort', close);
    source.close();
  }
}

async function deposit(
  context: QueueContext,
  command: ImportCommand,
  found: FoundQueue,
  source: ItemSource,
): Promise<number> {
  const { settings, store, random, clock, signal } = context;
  const { queue } = command;
  const adopter = settings.partition;
  // To the millisecond: imports that follow one another are served in their order, which is that of their names.
  const time = new Date(clock.wallTime()).toISOString().replace(/[-:Z]/g, '');
  const partition = `import-${time}-${random.token(6)}`;
  const intake = new Intake(context, command, source);
  const batches = intake.records();
  // The first ones are read before anything is made in the store: most mistakes are found in them.
  const first = await batches.next();
  const { items, notAssigned } = await depositItems(context, {
    address: { cluster: settings.cluster_name, queue, partition },
    owner: `import-${hostname().replace(/[^A-Za-z0-9.-]/g, '-')}-${random.token(6)}`,
    adopter,
    batches: behind(first, batches),
    signal,
  }).finally(() => intake.end());
  if (intake.bad.count > 0) {
    note(`${count(intake.bad.count, 'was', 'were')} left out:\n${intake.bad.lines().trimEnd()}`);
  }
  if (items === 0) {
    if (intake.bad.count > 0) throw new CommandFailure(EXIT_CODES.data, 'nothing is left to import');
    await print(`There are no items in ${source.name}, and nothing was done.\n`);
    return EXIT_CODES.ok;
  }
  const are = items === 1 ? 'is' : 'are';
  await print(`${count(items, 'item')} for queue ${queue} ${are} in ${store.name}, as partition ${partition}.\n`);
  if (notAssigned !== undefined) {
    const next = `kdmq queue adopt ${queue} --from ${partition} --to ${adopter}`;
    throw new CommandFailure(
      EXIT_CODES.unavailable,
      `nobody is told to serve them: ${notAssigned.message}\nWhen the store is there again: ${next}`,
    );
  }
  if (found.views.length === 0) await print(`Nothing of this queue was stored before.\n`);
  const server = configuredPartition(context, '--partition');
  await print(`Partition ${server} is to serve them. ${nextStep(context, found, adopter)}\n`);
  for (const line of [...source.afterwards, ...limits(found, intake)]) await print(`${line}\n`);
  return EXIT_CODES.ok;
}

/** What the queue will do with so many. */
function limits({ definition }: FoundQueue, { items, bytes, oldest, now }: Intake): string[] {
  if (definition === undefined)
    return ['The queue is not in the configuration at hand, so its limits are not known here.'];
  const { size, maxBytes, ttlMs } = definition;
  const lines: string[] = [];
  if (size > 0 && items > size)
    lines.push(`The queue holds ${count(size, 'item')}: the oldest may be dropped at the next add.`);
  if (bytes > maxBytes)
    lines.push(`They have ${bytes} bytes, the queue holds ${maxBytes}: the oldest may be dropped at the next add.`);
  if (ttlMs > 0 && oldest + ttlMs < now) lines.push('Some are older than the ttl of the queue, and are thrown away.');
  return lines;
}

/** Makes records of what is found, and keeps account of it. */
class Intake {
  readonly bad = new BadList();
  readonly now: number;
  items = 0;
  bytes = 0;
  oldest = Number.POSITIVE_INFINITY;
  readonly #source: ItemSource;
  readonly #skipBad: boolean;
  readonly #signal: AbortSignal;
  readonly #progress: Progress;
  /** New ids: those of another queue, or of this one, may be in use. Claims count up from 1, so these are nobody else's. */
  readonly #epoch: number;
  #checked = 0;

  constructor({ clock, random, signal }: QueueContext, { skipBad }: ImportCommand, source: ItemSource) {
    this.now = clock.wallTime();
    this.#source = source;
    this.#skipBad = skipBad;
    this.#signal = signal;
    this.#progress = new Progress(process.stderr, clock);
    this.#epoch = 2 ** 31 + Math.floor(random.fraction() * 2 ** 31);
  }

  /** Throws a CommandFailure with all that is bad, unless that is to be left out. */
  async *records(): AsyncGenerator<Uint8Array[]> {
    for await (const batch of this.#source.batches()) {
      this.#signal.throwIfAborted();
      const records: Uint8Array[] = [];
      for (const { item, problem } of batch) {
        if (item === undefined) this.bad.add(problem);
        else if (this.bad.count === 0 || this.#skipBad) records.push(this.#record(item));
      }
      this.#checked += batch.length;
      this.#progress.show(() => this.#state());
      // Once one is bad the rest is only looked through, so that all that is bad is said.
      if (records.length > 0 && (this.bad.count === 0 || this.#skipBad)) yield records;
    }
    if (this.bad.count > 0 && !this.#skipBad) {
      throw new CommandFailure(
        EXIT_CODES.data,
        `${this.bad.count.toLocaleString('en')} of ${count(this.#checked, 'item')} ${this.bad.count === 1 ? 'is' : 'are'} wrong, so nothing was imported:\n${this.bad.lines()}Mend that, or leave it out with --skip-bad.`,
      );
    }
  }

  end(): void {
    this.#progress.end();
  }

  #record({ addedAt = this.now, ...item }: ItemLine): Uint8Array {
    this.items += 1;
    const record = writeItem({ ...item, addedAt, epoch: this.#epoch, sequence: this.items });
    this.bytes += record.length;
    this.oldest = Math.min(this.oldest, addedAt);
    return record;
  }

  #state(): string {
    return `${progressBar(this.#source.done())}${count(this.#checked, 'item')}`;
  }
}

async function* behind<T>(first: IteratorResult<T, unknown>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  if (first.done !== true) yield first.value;
  yield* rest;
}
