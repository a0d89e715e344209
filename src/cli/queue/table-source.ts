import { escapeControls } from '../../core/escape-controls.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { count } from '../words.ts';
import type { FoundItem, ItemSource } from './item-source.ts';
import { openTable } from './open-table.ts';
import type { ImportCommand } from './queue-command.ts';
import type { QueueContext } from './queue-context.ts';

/** The rows of a table of Kamailio. Fails where there are none: the name may be wrong. */
export async function openRows(context: QueueContext, command: ImportCommand): Promise<ItemSource> {
  const { tables, table, content } = await openTable(context, command, command.from);
  const { length } = content.entries;
  if (length === 0) {
    tables.close();
    throw new CommandFailure(
      EXIT_CODES.missing,
      `no row of a table ${table} in ${tables.name}: look for its name (Kamailio calls it as the queue) and the number of the database`,
    );
  }
  let read = 0;
  const batches = async function* (): AsyncGenerator<FoundItem[]> {
    for await (const readings of tables.read(content)) {
      read += readings.length;
      yield readings.map(({ entry, row, problem }) => {
        if (row === undefined) return { problem: `row ${escapeControls(entry)} ${problem}` };
        return { item: { ...row, addedAt: undefined, dueAt: 0, deliveries: 0 } };
      });
    }
  };
  const unordered = `${count(content.unordered, 'row has', 'rows have')} no id, as Kamailio writes them: nobody knows the order in which they were added, so they come in that of their names`;
  return {
    name: `table ${table} of ${tables.name}`,
    batches,
    done: () => read / length,
    notes: content.unordered === 0 ? [] : [unordered],
    afterwards: [`The rows are still in table ${table}: a Kamailio that reads it has the items too.`],
    close: () => tables.close(),
  };
}
