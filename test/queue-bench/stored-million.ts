import { execFileSync } from 'node:child_process';
import { ByteBudget } from '../../src/core/mqueue/byte-budget.ts';
import { keyOffset } from '../../src/core/mqueue/item-record.ts';
import { Mqueue } from '../../src/core/mqueue/mqueue.ts';
import { CounterRegistry } from '../../src/edges/counters/counter-registry.ts';
import { SystemClock } from '../../src/edges/system/system-clock.ts';
import { SystemRandom } from '../../src/edges/system/system-random.ts';
import { unclearedBytes } from '../../src/edges/system/uncleared-bytes.ts';
import type { QueueStore } from '../../src/ports/queue-store.ts';
import { loadPartition } from '../../src/queues/load-partition.ts';
import { PartitionKeeper } from '../../src/queues/partition-keeper.ts';

/** Seconds that a million items took. */
export interface MillionTimes {
  readonly save: number;
  readonly load: number;
}

const count = 1_000_000;
const itemBytes = 256;
/** What redis-benchmark reads with one LRANGE. */
const page = 1_000;
const now = 1_700_000_000_000;

const seconds = (start: number): number => (performance.now() - start) / 1_000;

function newQueue(): Mqueue<object> {
  const limits = { size: 0, maxBytes: 2 ** 40, addMode: 'append', whenFull: 'refuse', ttlMs: 0 } as const;
  return new Mqueue(limits, new ByteBudget(2 ** 40), 0, unclearedBytes);
}

function* recordsOf(queue: Mqueue<object>): Generator<Uint8Array> {
  for (const { record } of queue.all()) yield record;
}

/** Saves a queue of a million items of 256 bytes as a stop does, and puts them into a new one as a start does. */
export async function measureStore(store: QueueStore, round: number): Promise<MillionTimes> {
  const parts = { store, clock: new SystemClock(), random: new SystemRandom(), counters: new CounterRegistry() };
  const address = { cluster: 'bench', queue: 'million', partition: String(round) };
  const { signal } = new AbortController();
  const full = newQueue();
  const key = new Uint8Array(20).fill(0x61);
  const value = new Uint8Array(itemBytes - keyOffset - key.length).fill(0x61);
  for (let sequence = 0; sequence < count; sequence++) {
    full.addNew({ epoch: 1, sequence, addedAt: now, dueAt: 0, key, value }, now);
  }
  const stopping = await PartitionKeeper.claim(parts, address, 'bench');
  let start = performance.now();
  await stopping.save({ saveId: 'save', mode: 'replace' }, recordsOf(full), signal);
  const save = seconds(start);
  full.clear();
  const starting = await PartitionKeeper.claim(parts, address, 'bench');
  const loaded = newQueue();
  start = performance.now();
  for await (const items of loadPartition(starting, false, signal)) {
    for (const { record, position } of items) loaded.restore({ record, mark: address, position }, now);
  }
  const load = seconds(start);
  if (loaded.size !== count) throw new Error(`${loaded.size} of ${count} items were read`);
  await starting.advance((of, claim) => of.moveCursor(claim, count));
  await starting.release();
  return { save, load };
}

/** The same bytes with redis-benchmark: RPUSH and LRANGE of pages, pipelined, over one connection. */
export function measureRedisBenchmark(host: string): MillionTimes {
  const bench = (...args: string[]): number => {
    const start = performance.now();
    execFileSync('redis-benchmark', ['-h', host, '-c', '1', '-q', ...args], { stdio: 'ignore' });
    return seconds(start);
  };
  execFileSync('redis-cli', ['-h', host, 'DEL', 'mylist']);
  const save = bench('-n', String(count), '-P', '64', '-d', String(itemBytes), '-t', 'rpush');
  // A page from a place that lies as far from an end as pages do on average: it has to be walked to.
  const from = count / 4;
  const load = bench('-n', String(count / page), '-P', '4', 'LRANGE', 'mylist', String(from), String(from + page - 1));
  execFileSync('redis-cli', ['-h', host, 'DEL', 'mylist']);
  return { save, load };
}
