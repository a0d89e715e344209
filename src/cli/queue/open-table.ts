import { parseDbUrl } from '../../core/mqueue/parse-db-url.ts';
import { StoreError } from '../../core/mqueue/store-error.ts';
import { readPassword } from '../../edges/config/password-file.ts';
import { KamailioTables, type TableContent } from '../../edges/redis/kamailio-tables.ts';
import { redisTimeouts, redisTls } from '../../open-queue-store.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { TablePlace } from './queue-command.ts';
import type { QueueContext } from './queue-context.ts';

export interface OpenTable {
  /** To be closed. */
  readonly tables: KamailioTables;
  readonly table: string;
  readonly content: TableContent;
}

/**
 * Looks into a table in the Redis of a Kamailio. User and password are those of the URL or of the password file, never our own. Without
 * a name it is that of the queue, as Kamailio has it.
 */
export async function openTable(
  context: QueueContext,
  { queue, ...place }: TablePlace & { readonly queue: string },
  url: string,
): Promise<OpenTable> {
  const reading = parseDbUrl(url);
  const expected = 'the format kamailio goes with the URL of a Redis, as redis://10.0.0.7:6379/3';
  if (!reading.ok) throw new CommandFailure(EXIT_CODES.usage, `the URL ${reading.problem}: ${expected}`);
  if (reading.value.kind === 'file') throw new CommandFailure(EXIT_CODES.usage, `a file is no Redis: ${expected}`);
  if (reading.value.kind === 'cluster') {
    throw new CommandFailure(EXIT_CODES.usage, 'tables of Kamailio in a Redis Cluster are not read: give one server');
  }
  const tables = new KamailioTables({
    url: reading.value,
    password: passwordOf(place),
    tls: redisTls(context.settings),
    ...redisTimeouts(context.settings),
    replicas: 0,
    clock: context.clock,
    log: context.log,
  });
  try {
    await tables.open(context.signal);
    const table = place.table ?? queue;
    return { tables, table, content: await tables.find(table) };
  } catch (error) {
    tables.close();
    if (!(error instanceof StoreError) || error.code !== 'STORE_REFUSED') throw error;
    // The error speaks of the settings of our own Redis.
    throw new CommandFailure(
      EXIT_CODES.unavailable,
      `the Redis of Kamailio refuses: ${error.message}. Its user stands in the URL, its password in --password-file`,
      { cause: error },
    );
  }
}

function passwordOf({ passwordFile }: TablePlace): string | undefined {
  if (passwordFile === undefined) return undefined;
  const reading = readPassword(passwordFile);
  if (!reading.ok) throw new CommandFailure(EXIT_CODES.missing, `--password-file: ${passwordFile} ${reading.problem}`);
  return reading.text;
}
