import type { Redis } from 'ioredis';
import { StoreError } from '../../core/mqueue/store-error.ts';
import { isNotForUs } from './redis-error.ts';

/** What a server said about itself, as far as it may be asked. */
export interface ServerReport {
  /** Words for people: what is allowed and yet could lose something. */
  readonly notes: readonly string[];
  /** Whether scripts may carry flags: since Redis 7.0. False where the version is not known. */
  readonly flags: boolean;
  /** `appendfsync no`: waiting for the disk would never end. */
  readonly neverSyncs: boolean;
}

/** Scripts replicate what they did, and users with rights of their own exist, since then. */
const OLDEST_MAJOR = 6;

/**
 * Looks whether a server is fit for queues, by INFO, CONFIG GET and WAITAOF. What it does not let us ask (managed services) is said in
 * a note. Rejects with STORE_UNFIT for an eviction policy that may throw queues away, and for a version that is too old.
 */
export async function inspectServer(
  node: Redis,
  name: string,
  cluster: boolean,
  replicas: number,
): Promise<ServerReport> {
  const info = await node.info().then(fieldsOf, (error: unknown) => {
    if (!isNotForUs(error)) throw error;
    return undefined;
  });
  const notes: string[] = [];
  if (info === undefined) {
    notes.push(
      'INFO is not allowed: that nothing is evicted (maxmemory-policy noeviction), and what outlives a crash of Redis, can not be proven',
    );
    return { notes, flags: false, neverSyncs: false };
  }
  refuseUnfit(info, name, cluster);
  const policy = info.get('maxmemory_policy') ?? 'noeviction';
  if (policy.startsWith('volatile-')) {
    notes.push(`maxmemory-policy ${policy} may throw away what a save has staged; the save then starts again`);
  }
  const connected = Number(info.get('connected_slaves') ?? '0');
  if (connected < replicas)
    notes.push(`${connected} replicas are connected, and saves wait for ${replicas} (db_replicas)`);
  const sync = await appendfsyncOf(node);
  notes.push(...durabilityNotes(info, sync, await knowsWaitaof(node)));
  return { notes, flags: majorOf(info) >= 7, neverSyncs: sync === 'no' };
}

type Info = ReadonlyMap<string, string>;

function fieldsOf(text: string): Info {
  const pairs = text.split('\r\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]);
  return new Map(pairs as [string, string][]);
}

function majorOf(info: Info): number {
  return Number.parseInt(info.get('redis_version') ?? '0', 10);
}

function refuseUnfit(info: Info, name: string, cluster: boolean): void {
  const fail = (code: 'STORE_UNFIT' | 'STORE_REFUSED' | 'STORE_UNAVAILABLE', words: string) => {
    throw new StoreError(code, `${name}: ${words}`);
  };
  if (info.get('loading') === '1') fail('STORE_UNAVAILABLE', 'it is still reading its data');
  if (majorOf(info) < OLDEST_MAJOR) {
    fail(
      'STORE_UNFIT',
      `Redis ${info.get('redis_version') ?? '?'} is too old: queues need ${OLDEST_MAJOR}.0, better 7.2 or Valkey`,
    );
  }
  if (!cluster && info.get('cluster_enabled') === '1') {
    fail('STORE_UNFIT', 'this Redis is a cluster: write db_url as redis+cluster://host:port');
  }
  if (!cluster && info.get('role') === 'slave') {
    fail('STORE_REFUSED', 'it is a replica: db_url has to lead to the master (redis+sentinel:// finds it)');
  }
  const policy = info.get('maxmemory_policy') ?? '';
  if (policy.startsWith('allkeys-')) {
    fail(
      'STORE_UNFIT',
      `maxmemory-policy ${policy} may throw queues away: CONFIG SET maxmemory-policy noeviction, and the same in its configuration file`,
    );
  }
}

function durabilityNotes(info: Info, sync: string | undefined, waitaof: boolean): string[] {
  if (info.get('aof_enabled') !== '1') {
    return [
      'its append-only file is off: a crash of Redis loses what came after its last snapshot (CONFIG SET appendonly yes)',
    ];
  }
  const notes: string[] = [];
  if (sync === 'no') {
    notes.push(
      'appendfsync no: a crash of its machine may lose saves that were acknowledged (CONFIG SET appendfsync everysec)',
    );
  } else if (!waitaof && sync === 'everysec') {
    notes.push(
      'appendfsync everysec, and no WAITAOF (Redis 7.2): a crash of its machine may lose the last second, saves too',
    );
  } else if (!waitaof && sync === undefined) {
    notes.push(
      'neither CONFIG GET nor WAITAOF is allowed or known: that a save outlives a crash of its machine can not be proven',
    );
  } else if (sync === 'everysec') {
    notes.push(
      'appendfsync everysec: saves wait for the disk; with durability always a crash of its machine may lose the last second',
    );
  }
  return notes;
}

async function appendfsyncOf(node: Redis): Promise<string | undefined> {
  try {
    const [, value] = (await node.config('GET', 'appendfsync')) as string[];
    return value;
  } catch (error) {
    if (isNotForUs(error)) return undefined;
    throw error;
  }
}

async function knowsWaitaof(node: Redis): Promise<boolean> {
  try {
    await node.call('WAITAOF', '0', '0', '1');
    return true;
  } catch (error) {
    if (isNotForUs(error)) return false;
    throw error;
  }
}
