import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StoreError } from '../../core/mqueue/store-error.ts';
import type { Settings } from '../../core/settings.ts';
import { lookAtRedis, type RedisLook } from '../../edges/redis/look-at-redis.ts';
import { SystemClock } from '../../edges/system/system-clock.ts';
import { type QueueStoreParts, queueFolder, queueStoreFor, redisOptions } from '../../open-queue-store.ts';
import type { PartitionView } from '../../ports/queue-store.ts';
import type { Log, LogFields } from '../../ports/telemetry.ts';
import { mayLive } from '../../queues/former-owner.ts';
import { OrphanRule } from '../../queues/orphan-rule.ts';
import { byPartition } from '../../queues/partition-order.ts';
import { count, inUnits, listed } from '../words.ts';
import type { ClockReading } from './clock-findings.ts';
import type { Finding } from './finding.ts';

const check = 'store';
const DEADLINE_MS = 10_000;
/** Of orphans. */
const MOST_NAMES = 10;

export interface CheckedStore {
  readonly findings: readonly Finding[];
  readonly clocks: readonly ClockReading[];
}

/**
 * Whether the queues that outlive the process have where to go. Redis is looked at as a node does at its start.
 *
 * @param nobodyRuns whether a node could start here now: who has its queues then is somebody else.
 */
export async function checkStore(settings: Settings, nobodyRuns: boolean, signal: AbortSignal): Promise<CheckedStore> {
  const stored = settings.mqueue.filter(({ dbMode }) => dbMode !== 'none');
  if (stored.length === 0) return alone({ check, level: 'ok', what: 'no queue is to outlive the process' });
  const folder = queueFolder(settings);
  const parts = { clock: new SystemClock(), log: new CollectedWarnings() };
  const store = queueStoreFor(settings, parts);
  const ofPartitions = (views: readonly PartitionView[]): Finding[] => [
    ...orphansFinding(views, settings.mqueue_orphan_after * 1000),
    ...(nobodyRuns ? rivalFindings(views, settings) : []),
  ];
  const warnings = (notes: readonly string[] = []) =>
    [...notes, ...parts.log.lines].map((what): Finding => ({ check, level: 'warning', what }));
  try {
    if (folder !== undefined) {
      const finding = await folderFinding(folder);
      if (finding.level !== 'ok') return alone(finding);
      const views = await store.list(settings.cluster_name);
      return { findings: [finding, ...ofPartitions(views), ...warnings()], clocks: [] };
    }
    const limit = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
    const { notes } = await store.open(limit);
    const partitions = await store.list(settings.cluster_name);
    const ok: Finding = {
      check,
      level: 'ok',
      what: `${store.name} is reached, and holds ${count(partitions.length, 'partition')} of cluster ${settings.cluster_name}`,
    };
    const { clocks, refusal } = await lookAt(settings, stored[0]!.name, parts, limit);
    const refused = refusal === undefined ? [] : [errorFinding(store.name, refusal)];
    return {
      findings: [ok, ...refused, ...ofPartitions(partitions), ...warnings(notes)],
      clocks: clocks.map((clock) => ({ whose: store.name, ...clock })),
    };
  } catch (error) {
    if (!(error instanceof StoreError) && !(error instanceof Error && error.name === 'TimeoutError')) throw error;
    return alone(errorFinding(store.name, error));
  } finally {
    await store.close();
  }
}

/** One finding for all of them; none where there are none. */
function orphansFinding(views: readonly PartitionView[], orphanAfterMs: number): Finding[] {
  const rule = new OrphanRule(views, orphanAfterMs);
  const names = views
    .filter((view) => rule.isOrphan(view))
    .map(({ address }) => address)
    .sort(byPartition)
    .map(({ queue, partition }) => `${queue}/${partition}`);
  if (names.length === 0) return [];
  const shown = listed(names.slice(0, MOST_NAMES));
  const what = `nobody serves ${count(names.length, 'partition')} with items: ${shown}${names.length > MOST_NAMES ? ', …' : ''}`;
  const next = 'Start their nodes, or see kdmq queue ls and kdmq queue adopt (docs/moving-queues.md).';
  return [{ check, level: 'warning', what, next }];
}

/** Of each queue that another node has under the partition of this configuration: a start takes it away. */
function rivalFindings(views: readonly PartitionView[], { mqueue, partition }: Settings): Finding[] {
  const stored = mqueue.filter(({ dbMode }) => dbMode !== 'none').map(({ name }) => name);
  return views
    .filter((view) => view.address.partition === partition && stored.includes(view.address.queue) && mayLive(view))
    .map(({ address, owner, quietMs }) => ({
      check,
      level: 'error',
      what: `partition ${partition} of queue ${address.queue} is that of ${owner}, which gave a sign of life ${inUnits(quietMs)} ago and is not the node of this configuration: a start here takes the queue from it`,
      next: 'Give this node a partition, a data_dir or a cluster_name of its own. If its own process was killed just now, look again in 15 s.',
    }));
}

function alone(finding: Finding): CheckedStore {
  return { findings: [finding], clocks: [] };
}

function lookAt(settings: Settings, queue: string, parts: QueueStoreParts, limit: AbortSignal): Promise<RedisLook> {
  const { db_url: url, cluster_name: cluster, partition } = settings;
  if (url === undefined || url.kind === 'file') return Promise.resolve({ clocks: [], refusal: undefined });
  return lookAtRedis(redisOptions(url, settings, parts), { cluster, queue, partition }, limit);
}

function errorFinding(name: string, error: Error): Finding {
  const isUnfit = error instanceof StoreError && error.code === 'STORE_UNFIT';
  const next = isUnfit
    ? 'Mend that in Redis, or give db_url of another one: a node does not start its queues there.'
    : 'See db_url, db_username, db_password_file and the db_tls_… settings, the rights of its user (docs/queue-stores.md), and what a NetworkPolicy lets through.';
  return { check, level: 'error', what: `${name} can't be used: ${error.message}`, next };
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
