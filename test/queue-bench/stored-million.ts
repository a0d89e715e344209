import { execFileSync } from 'node:child_process';
import type { QueueStore } from '../../src/ports/queue-store.ts';

/** Seconds that a million items took. */
export interface MillionTimes {
  readonly save: number;
  readonly load: number;
}

const count = 1_000_000;
const itemBytes = 256;
const page = 1_000;

const seconds = (start: number): number => (performance.now() - start) / 1_000;

/** Stages and commits a million items of 256 bytes, and reads them, as a stop and a start do. */
export async function measureStore(store: QueueStore, round: number): Promise<MillionTimes> {
  const address = { cluster: 'bench', queue: 'million', partition: String(round) };
  const records = Array.from({ length: page }, (_, index) => new Uint8Array(itemBytes).fill(index));
  let claim = await store.claim(address, 'bench');
  let start = performance.now();
  for (let at = 0; at < count; at += page) await store.stage(claim, 'save', at, records);
  claim = await store.commit(claim, { saveId: 'save', count, mode: 'replace', journalEnd: 0 });
  const save = seconds(start);
  claim = await store.claim(address, 'bench');
  const kept: Uint8Array[] = [];
  start = performance.now();
  while (kept.length < count) for (const record of await store.read(claim, kept.length, page)) kept.push(record);
  const load = seconds(start);
  claim = await store.moveCursor(claim, count);
  await store.release(claim);
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
