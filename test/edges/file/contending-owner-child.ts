import { once } from 'node:events';
import { StoreError } from '../../../src/core/mqueue/store-error.ts';
import { FileQueueStore } from '../../../src/edges/file/file-queue-store.ts';
import { SystemClock } from '../../../src/edges/system/system-clock.ts';
import type { PartitionClaim } from '../../../src/ports/queue-store.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { SeededRandom } from '../../fakes/seeded-random.ts';
import { address } from '../../queues/store-content.ts';
import { numberedRecord, numberOf } from './numbered-record.ts';

/**
 * One of several processes that take the same partition away from each other, add records and save. Nothing is consumed, so a record keeps its
 * place. Begins when it is sent a message. Writes a line for each: "added <number> <place>" when that was acknowledged, "fenced" when somebody else had it.
 */
const [folder = '', seed = '', lives = ''] = process.argv.slice(2);
const random = new SeededRandom(Number(seed));
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const store = new FileQueueStore({ folder, fsync: 'no', clock: new SystemClock(), log: new MemoryLog() });
let next = Number(seed) * 1_000_000;

// Else one of them could be done before the other has begun.
process.send?.('there');
await once(process, 'message');
process.disconnect();

for (let life = 0; life < Number(lives); life++) {
  try {
    await live(life);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'STORE_FENCED') throw error;
    say('fenced');
  }
}
await store.close();

async function live(life: number): Promise<void> {
  let claim = await store.claim(address(), `${seed}.${life}`);
  const content = await load(claim);
  for (let step = random.fraction() * 40; step > 0; step--) {
    if (random.fraction() < 0.1) {
      const saveId = `${seed}.${life}.${step}`;
      await store.stage(claim, saveId, 0, content.map(numberedRecord));
      const { journalEnd } = claim;
      claim = await store.commit(claim, { saveId, count: content.length, mode: 'replace', journalEnd });
    } else {
      const added = [next++, next++];
      claim = await store.append(claim, claim.journalEnd, added.map(numberedRecord));
      for (const n of added) say(`added ${n} ${content.push(n) - 1}`);
    }
  }
}

async function load(claim: PartitionClaim): Promise<number[]> {
  const saved = await store.read(claim, 0, claim.count);
  const added = await store.readJournal(claim, claim.journalStart, claim.journalEnd - claim.journalStart);
  return [...saved, ...added].map(numberOf);
}
