import process from 'node:process';
import { maskPasswords } from '../../core/mask-passwords.ts';
import { StoreError } from '../../core/mqueue/store-error.ts';
import type { PartitionAddress, PartitionView } from '../../ports/queue-store.ts';
import { byPartition } from '../../queues/partition-order.ts';
import { storedItems } from '../../queues/stored-items.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { note, print } from '../print.ts';
import { Progress, progressBar } from '../progress.ts';
import { count } from '../words.ts';
import { findPartition, findQueue } from './find-queue.ts';
import type { ItemSink } from './item-sink.ts';
import { FileSink, OutputSink } from './line-sinks.ts';
import { openTable } from './open-table.ts';
import type { ExportCommand } from './queue-command.ts';
import type { QueueContext } from './queue-context.ts';
import { TableSink } from './table-sink.ts';

/** A queue that is saved so often while it is read is given up. */
const MOST_TRIES = 20;

/** `kdmq queue export`. */
export async function exportQueue(context: QueueContext, command: ExportCommand): Promise<number> {
  const { queue, to } = command;
  const found = await findQueue(context, queue);
  const chosen = command.all ? found.views : [findPartition(found, queue, context.settings.partition)];
  const views = [...chosen].sort((one, two) => byPartition(one.address, two.address));
  if (views.length === 0) note(`queue ${queue} has nothing in ${context.store.name}`);
  if (command.format === 'kamailio') return exportRows(context, command, views);
  const sink = to === undefined ? new OutputSink() : new FileSink(to);
  const items = await exportTo(sink, context, views);
  if (to !== undefined)
    await print(`${count(items, 'item')} of queue ${queue} ${items === 1 ? 'is' : 'are'} in ${maskPasswords(to)}\n`);
  return EXIT_CODES.ok;
}

async function exportRows(
  context: QueueContext,
  command: ExportCommand,
  views: readonly PartitionView[],
): Promise<number> {
  const { queue, to, append, skipBad } = command;
  if (to === undefined) {
    throw new CommandFailure(EXIT_CODES.usage, 'the format kamailio needs --to with the URL of its Redis');
  }
  const { tables, table, content } = await openTable(context, command, to);
  try {
    const { entries, highestId } = content;
    if (entries.length > 0 && !append) {
      throw new CommandFailure(
        EXIT_CODES.refused,
        `table ${table} in ${tables.name} has ${count(entries.length, 'row')} already, and a Kamailio would read them too: empty it, or pass --append`,
      );
    }
    const parts = { tables, table, token: context.random.token(8), firstId: highestId + 1, skipBad };
    const sink = new TableSink(parts);
    await exportTo(sink, context, views);
    await print(
      `${count(sink.rows, 'item')} of queue ${queue} ${sink.rows === 1 ? 'is' : 'are'} in table ${table} of ${tables.name}.\nA Kamailio reads them at its next start, in no order that anybody could promise, and removes them from there.\n`,
    );
    if (sink.bad.count > 0)
      note(`${count(sink.bad.count, 'item was', 'items were')} left out:\n${sink.bad.lines().trimEnd()}`);
    if (sink.delayed > 0)
      note(`${count(sink.delayed, 'item was', 'items were')} delayed: Kamailio serves them at once`);
    return EXIT_CODES.ok;
  } finally {
    tables.close();
  }
}

async function exportTo(sink: ItemSink, context: QueueContext, views: readonly PartitionView[]): Promise<number> {
  const all = itemsIn(views);
  const progress = new Progress(process.stderr, context.clock);
  let items = 0;
  try {
    for (const { address } of views) {
      items += await exportPartition(sink, context, address, (number) => {
        progress.show(() => `${progressBar(all && (items + number) / all)}${count(items + number, 'item')} read`);
      });
    }
    await sink.finish();
    return items;
  } catch (error) {
    await sink.abandon().catch(() => {});
    throw error;
  } finally {
    progress.end();
  }
}

/** All of a partition as it was at one moment: when its owner saves it meanwhile, it is read anew. */
async function exportPartition(
  sink: ItemSink,
  { store, signal }: QueueContext,
  address: PartitionAddress,
  progress: (items: number) => void,
): Promise<number> {
  await sink.mark();
  for (let tries = 1; ; tries++) {
    try {
      const snapshot = await store.inspect(address);
      let items = 0;
      if (snapshot === undefined) return items;
      for await (const records of storedItems(store, snapshot)) {
        signal.throwIfAborted();
        await sink.write(records, address.partition);
        items += records.length;
        progress(items);
      }
      return items;
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'STORE_GAP') throw error;
      if (tries === MOST_TRIES || !(await sink.rewind())) {
        throw new CommandFailure(
          EXIT_CODES.again,
          `partition ${address.partition} of queue ${address.queue} was saved while it was read, what was written is not all of it: run it again, best with --to FILE`,
        );
      }
    }
  }
}

/** Undefined where a journal says that it may be others by now. */
function itemsIn(views: readonly PartitionView[]): number | undefined {
  return views.some(({ journal }) => journal > 0) ? undefined : views.reduce((sum, { items }) => sum + items, 0);
}
