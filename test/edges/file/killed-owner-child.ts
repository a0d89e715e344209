import { openSync, writeSync } from 'node:fs';
import { FileQueueStore, type FileQueueStoreOptions } from '../../../src/edges/file/file-queue-store.ts';
import { SystemClock } from '../../../src/edges/system/system-clock.ts';
import type { PartitionClaim } from '../../../src/ports/queue-store.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { SeededRandom } from '../../fakes/seeded-random.ts';
import { address } from '../../queues/store-content.ts';
import { numberedRecord, numberOf } from './numbered-record.ts';

/**
 * Owners of several partitions, side by side, that load, add, consume and save until the process is killed. Before and after each step an owner
 * writes a line into its diary, which outlives it: what it is about to do, and "ok" when the store has acknowledged it. A dot
 * on standard output for the start and for each step.
 */
const [folder = '', diaries = '', seed = '', fsync, owners] = process.argv.slice(2);
// Nobody is left who could end it.
process.stdin.on('end', () => process.exit()).resume();

const store = new FileQueueStore({
  folder,
  fsync: fsync as FileQueueStoreOptions['fsync'],
  clock: new SystemClock(),
  log: new MemoryLog(),
});
process.stdout.write('.');
await Promise.all(
  Array.from({ length: Number(owners) }, (_, partition) => liveFrom(Number(seed) * 10 + partition, `${partition}`)),
);

async function liveFrom(start: number, partition: string): Promise<void> {
  const random = new SeededRandom(start);
  const upTo = (most: number): number => Math.floor(random.fraction() * (most + 1));
  const lines = openSync(`${diaries}-${partition}`, 'a');
  const note = (line: string): void => {
    writeSync(lines, `${line}\n`);
  };
  let next = start * 1_000_000;
  const numbers = (count: number): number[] => Array.from({ length: count }, () => next++);
  let content: number[] = [];

  for (let life = 0; ; life++) {
    let claim = await store.claim(address({ partition }), `owner ${start}.${life}`);
    content = await load(claim);
    const steps = 5 + upTo(30);
    for (let step = 0; step < steps; step++) {
      const kind = random.fraction();
      if (kind < 0.5) {
        const added = numbers(1 + upTo(9));
        note(`add ${added.join(' ')}`);
        claim = await store.append(claim, claim.journalEnd, added.map(numberedRecord));
        content.push(...added);
      } else if (kind < 0.7) {
        const consumed = upTo(Math.min(5, claim.count - claim.cursor));
        note(`consume ${consumed}`);
        claim = await store.moveCursor(claim, claim.cursor + consumed);
        content = content.slice(consumed);
      } else {
        claim = await save(claim, `${start}.${life}.${step}`);
      }
      note('ok');
      process.stdout.write('.');
    }
    await store.release(claim);
  }

  /** Replaces all by a part of it and new ones, or puts new ones behind what was saved. */
  async function save(claim: PartitionClaim, saveId: string): Promise<PartitionClaim> {
    const added = numbers(upTo(20));
    const append = claim.journalStart === claim.journalEnd && random.fraction() < 0.3;
    const dropped = append ? 0 : upTo(content.length);
    const staged = append ? added : [...content.slice(dropped), ...added];
    note(`save ${dropped} ${added.join(' ')}`);
    for (let from = 0; from < staged.length; from += 7) {
      await store.stage(claim, saveId, from, staged.slice(from, from + 7).map(numberedRecord));
    }
    const mode = append ? 'append' : 'replace';
    const saved = await store.commit(claim, { saveId, count: staged.length, mode, journalEnd: claim.journalEnd });
    content = [...content.slice(dropped), ...added];
    return saved;
  }
}

async function load(claim: PartitionClaim): Promise<number[]> {
  const found: number[] = [];
  for (let at = claim.cursor; at < claim.count; at += 5) found.push(...(await store.read(claim, at, 5)).map(numberOf));
  for (let at = claim.journalStart; at < claim.journalEnd; at += 5) {
    found.push(...(await store.readJournal(claim, at, 5)).map(numberOf));
  }
  return found;
}
