import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StoreError } from '../../core/mqueue/store-error.ts';
import type { Settings } from '../../core/settings.ts';
import { SystemClock } from '../../edges/system/system-clock.ts';
import { queueFolder, queueStoreFor } from '../../open-queue-store.ts';
import type { Log, LogFields } from '../../ports/telemetry.ts';
import { count } from '../words.ts';
import type { Finding } from './finding.ts';

const check = 'store';
const DEADLINE_MS = 10_000;

/** Whether the queues that outlive the process have where to go. Redis is looked at as a node does at its start. */
export async function checkStore(settings: Settings, signal: AbortSignal): Promise<readonly Finding[]> {
  const stored = settings.mqueue.filter(({ dbMode }) => dbMode !== 'none');
  if (stored.length === 0) return [{ check, level: 'ok', what: 'no queue is to outlive the process' }];
  const folder = queueFolder(settings);
  if (folder !== undefined) return [await folderFinding(folder)];
  const log = new CollectedWarnings();
  const store = queueStoreFor(settings, { clock: new SystemClock(), log });
  try {
    await store.open(AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]));
    const partitions = await store.list(settings.cluster_name);
    const ok: Finding = {
      check,
      level: 'ok',
      what: `${store.name} is reached, and holds ${count(partitions.length, 'partition')} of cluster ${settings.cluster_name}`,
    };
    return [ok, ...log.lines.map((what): Finding => ({ check, level: 'warning', what }))];
  } catch (error) {
    if (!(error instanceof StoreError) && !(error instanceof Error && error.name === 'TimeoutError')) throw error;
    const next =
      'See db_url, db_username, db_password_file and the db_tls_… settings, and what a NetworkPolicy lets through.';
    return [{ check, level: 'error', what: `${store.name} can't be used: ${error.message}`, next }];
  } finally {
    await store.close();
  }
}

/** The folder itself is made by the node; what it is made in has to be there. */
async function folderFinding(folder: string): Promise<Finding> {
  const inside = await usable(folder);
  const trouble = inside === 'ENOENT' ? await usable(dirname(folder)) : inside;
  if (trouble === undefined) return { check, level: 'ok', what: `queues are kept in ${folder}` };
  const next =
    'The user that runs kdmq has to be able to write there: in a pod a volume with its fsGroup, see data_dir and db_url.';
  return { check, level: 'error', what: `${folder} can't be used (${trouble})`, next };
}

/** Undefined when files can be read and written in it; else the code of what is in the way. */
async function usable(folder: string): Promise<string | undefined> {
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

class CollectedWarnings implements Log {
  readonly lines: string[] = [];

  debug(): void {}

  info(): void {}

  warn(message: string, fields: LogFields = {}): void {
    const details = Object.values(fields).filter((value) => typeof value === 'string');
    this.lines.push([message, ...details].join(': '));
  }

  error(message: string, fields?: LogFields): void {
    this.warn(message, fields);
  }
}
