import { parseDbUrl } from '../../core/mqueue/parse-db-url.ts';
import { readPassword } from '../../edges/config/password-file.ts';
import { KamailioTables } from '../../edges/redis/kamailio-tables.ts';
import { redisTimeouts, redisTls } from '../../open-queue-store.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { CommandFailure, type TablePlace } from './queue-command.ts';
import type { QueueContext } from './queue-context.ts';

/** Opens the Redis of a Kamailio by its URL. Its user and password are those of the URL or of the password file, never our own. */
export async function openTables(context: QueueContext, place: TablePlace, url: string): Promise<KamailioTables> {
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
  await tables.open(context.signal);
  return tables;
}

function passwordOf({ passwordFile }: TablePlace): string | undefined {
  if (passwordFile === undefined) return undefined;
  const reading = readPassword(passwordFile);
  if (!reading.ok) throw new CommandFailure(EXIT_CODES.missing, `${passwordFile} ${reading.problem}`);
  return reading.text;
}
