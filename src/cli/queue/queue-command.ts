import type { StartInput } from '../../edges/config/setting-sources.ts';

export interface ListCommand {
  readonly kind: 'ls';
  readonly output: 'table' | 'json';
}

export type ItemFormat = 'jsonl' | 'kamailio';

/** How a table of Kamailio is found, where the format is Kamailio's. */
export interface TablePlace {
  readonly format: ItemFormat;
  /** The name of the queue when left out, as Kamailio has it. */
  readonly table: string | undefined;
  /** A file that holds the password of Kamailio's Redis. */
  readonly passwordFile: string | undefined;
}

export interface ExportCommand extends TablePlace {
  readonly kind: 'export';
  readonly queue: string;
  /** All partitions; else the one of the setting `partition`. */
  readonly all: boolean;
  /** A file or the URL of a Redis; standard output when left out. */
  readonly to: string | undefined;
  /** Into a table that has rows already. */
  readonly append: boolean;
  readonly skipBad: boolean;
}

export interface ImportCommand extends TablePlace {
  readonly kind: 'import';
  readonly queue: string;
  /** A file, `-` for standard input, or the URL of a Redis. */
  readonly from: string;
  readonly skipBad: boolean;
}

export interface AdoptCommand {
  readonly kind: 'adopt';
  readonly queue: string;
  readonly from: string;
  /** The configured partition when left out. */
  readonly to: string | undefined;
  readonly force: boolean;
}

/** What `kdmq queue` was asked for, and where its settings come from. */
export interface QueueCommand {
  readonly input: StartInput;
  readonly action: ListCommand | ExportCommand | ImportCommand | AdoptCommand;
}
