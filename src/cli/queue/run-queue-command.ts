import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import process from 'node:process';
import { StoreError } from '../../core/mqueue/store-error.ts';
import type { LoadedSettings } from '../../edges/config/load-settings.ts';
import { SystemClock } from '../../edges/system/system-clock.ts';
import { SystemRandom } from '../../edges/system/system-random.ts';
import { queueFolder, queueStoreFor } from '../../open-queue-store.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { loadCommandSettings } from '../load-command-settings.ts';
import { StandardErrorLog } from '../standard-error-log.ts';
import { adoptPartition } from './adopt-partition.ts';
import { exportQueue } from './export-queue.ts';
import { importQueue } from './import-queue.ts';
import { listPartitions } from './list-partitions.ts';
import type { QueueCommand } from './queue-command.ts';
import type { QueueContext } from './queue-context.ts';

/** Runs one `kdmq queue` command to its end and gives the exit code. Rejects with a CommandFailure or a ConfigError. */
export async function runQueueCommand({ input, action }: QueueCommand, signal: AbortSignal): Promise<number> {
  const loaded = await loadCommandSettings(input);
  try {
    return await withStore(loaded, action, signal);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new CommandFailure(exitCodeOf(error), error.message, { cause: error });
  }
}

async function withStore(
  { settings, origins }: LoadedSettings,
  action: QueueCommand['action'],
  signal: AbortSignal,
): Promise<number> {
  const parts = { clock: new SystemClock(), random: new SystemRandom(), log: new StandardErrorLog() };
  const folder = queueFolder(settings);
  if (folder !== undefined) await checkFolder(folder, action.kind);
  const store = queueStoreFor(settings, parts);
  const partitionOrigin = origins.get('partition') ?? { kind: 'default' };
  const context: QueueContext = { settings, partitionOrigin, store, signal, ...parts };
  try {
    await store.open(signal);
    switch (action.kind) {
      case 'ls':
        return await listPartitions(context, action);
      case 'export':
        return await exportQueue(context, action);
      case 'import':
        return await importQueue(context, action);
      case 'adopt':
        return await adoptPartition(context, action);
    }
  } finally {
    await store.close();
  }
}

/** A folder is not made where one looks for something, and root leaves no files in it that its node could not read. */
async function checkFolder(folder: string, kind: QueueCommand['action']['kind']): Promise<void> {
  const owner = await ownerOf(folder);
  if (owner === undefined && kind !== 'import') {
    throw new CommandFailure(
      EXIT_CODES.missing,
      `no queue is kept in ${folder}: give the configuration of the node (--config), or its --data-dir or --db-url${ofRunningNode(kind)}`,
    );
  }
  const heir = owner ?? (await nextOwner(dirname(folder)));
  if ((kind === 'import' || kind === 'adopt') && heir !== 0 && process.getuid?.() === 0) {
    throw new CommandFailure(
      EXIT_CODES.refused,
      `${folder} is user ${heir}'s, whose node could not read what root leaves there: run this as that user (setpriv --reuid ${heir} --clear-groups kdmq queue …)`,
    );
  }
}

/** How a node is asked instead of its store, by the commands that can do both. */
function ofRunningNode(kind: QueueCommand['action']['kind']): string {
  if (kind === 'adopt') return '';
  const variable = process.env.KDMQ_URL ? ', as KDMQ_URL alone does not' : '';
  return `; --url asks a node that runs${variable}`;
}

/** Undefined where there is nothing, or nothing that may be looked at. */
async function ownerOf(folder: string): Promise<number | undefined> {
  return stat(folder).then(
    ({ uid }) => uid,
    () => undefined,
  );
}

/** Of the folder in which others would be made. */
async function nextOwner(folder: string): Promise<number> {
  return (await ownerOf(folder)) ?? (folder === dirname(folder) ? 0 : nextOwner(dirname(folder)));
}

function exitCodeOf({ code }: StoreError): CommandFailure['exitCode'] {
  if (code === 'STORE_CORRUPT' || code === 'STORE_NEWER') return EXIT_CODES.data;
  return code === 'STORE_GAP' ? EXIT_CODES.again : EXIT_CODES.unavailable;
}
