import { formatItemId, itemDueAt, itemId, itemKey, itemValue } from '../../core/mqueue/item-record.ts';
import { type KamailioRow, type KamailioTables, rowProblem } from '../../edges/redis/kamailio-tables.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { count } from '../words.ts';
import { BadList } from './bad-list.ts';
import type { ItemSink } from './item-sink.ts';

export interface TableSinkParts {
  readonly tables: KamailioTables;
  readonly table: string;
  /** Keeps the names of the rows apart from others. */
  readonly token: string;
  readonly firstId: number;
  /** Leaves out what the table can't hold, in the place of failing. */
  readonly skipBad: boolean;
}

/** Rows of a table of Kamailio. */
export class TableSink implements ItemSink {
  /** Items that were left out. */
  readonly bad = new BadList();
  readonly #parts: TableSinkParts;
  #id: number;
  #mark: number;
  #badAtMark = 0;
  #delayed = 0;

  constructor(parts: TableSinkParts) {
    this.#parts = parts;
    this.#id = parts.firstId;
    this.#mark = parts.firstId;
  }

  get rows(): number {
    return this.#id - this.#parts.firstId;
  }

  /** Items whose time had not come: a row does not say that. */
  get delayed(): number {
    return this.#delayed;
  }

  async mark(): Promise<void> {
    this.#mark = this.#id;
    this.#badAtMark = this.bad.count;
  }

  async write(records: readonly Uint8Array[], partition: string): Promise<void> {
    const { tables, table, token, skipBad } = this.#parts;
    const rows: KamailioRow[] = [];
    for (const record of records) {
      const row = { key: itemKey(record), value: itemValue(record) };
      const problem = rowProblem(row);
      if (problem === undefined) rows.push(row);
      else this.bad.add(`item ${formatItemId(itemId(record))} of partition ${partition}: ${problem}`);
      if (itemDueAt(record) > 0) this.#delayed += 1;
    }
    // Once one is bad the rest is only looked through, so that all that is bad is said.
    if (this.bad.count > 0 && !skipBad) return;
    // Counted before: a part of them may be there when it fails.
    const firstId = this.#id;
    this.#id += rows.length;
    await tables.write(table, token, firstId, rows);
  }

  async rewind(): Promise<boolean> {
    await this.#removeFrom(this.#mark);
    this.bad.backTo(this.#badAtMark);
    return true;
  }

  async finish(): Promise<void> {
    if (this.bad.count === 0 || this.#parts.skipBad) return;
    await this.abandon();
    throw new CommandFailure(
      EXIT_CODES.data,
      `Kamailio can't hold ${count(this.bad.count, 'item')}, so nothing was written:\n${this.bad.lines()}Leave them out with --skip-bad.`,
    );
  }

  abandon(): Promise<void> {
    return this.#removeFrom(this.#parts.firstId);
  }

  async #removeFrom(id: number): Promise<void> {
    const { tables, table, token } = this.#parts;
    await tables.remove(table, token, id, this.#id - id);
    this.#id = id;
  }
}
