/** Runs in a process of its own, which is killed: a node that uses its queues at random and writes down on standard output what it does. */
import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { createNode, type Log, type LogFields } from '../../src/index.ts';
import { SeededRandom } from '../fakes/seeded-random.ts';
import type { DiaryLine, LifePlan } from './diary.ts';
import { numberOf } from './numbered-item.ts';
import { QUEUE_PLANS, type QueuePlan } from './queue-plan.ts';
import { QueueUser } from './queue-user.ts';

const life = JSON.parse(process.argv[2]!) as LifePlan;

/** At once, and into the kernel's hands: it outlives this process. */
function write(line: DiaryLine): void {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
  for (let written = 0; written < bytes.length; ) written += writeSome(bytes.subarray(written));
}

/** Waits while the pipe is full. */
function writeSome(bytes: Uint8Array): number {
  try {
    return writeSync(1, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    Atomics.wait(moment, 0, 0, 1);
    return 0;
  }
}

const logs =
  (level: string) =>
  (message: string, fields: LogFields = {}) =>
    write({ line: 'log', level, message, fields });
const log: Log = { debug() {}, info: logs('info'), warn: logs('warn'), error: logs('error') };
const moment = new Int32Array(new SharedArrayBuffer(4));
const node = createNode({ settings: life.settings, log });

process.once('SIGTERM', async () => {
  write({ line: 'stopping' });
  const report = await node.stop();
  write({ line: 'stopped', report });
  process.exit(0);
});
process.once('unhandledRejection', (error) => {
  logs('error')('unhandled', { error: error instanceof Error ? error.stack : String(error) });
  process.exit(1);
});

// Neither a signal handler nor the clock of the node keeps a process alive.
setInterval(() => {}, 2 ** 30);
flushCompileCache();
write({ line: 'starting' });
await node.start();

const random = new SeededRandom(life.seed);
let next = life.first;
const nextNumber = (): number => next++;
// Nothing of it is read: it is there at once.
const early = Promise.all(QUEUE_PLANS.filter(isNeverRead).map(use));
try {
  await node.queues.ready();
} catch {
  // It is stopped before.
  await new Promise(() => {});
}
const read = QUEUE_PLANS.filter((plan) => !isNeverRead(plan));
for (const plan of read) write({ line: 'holds', queue: plan.name, items: itemsOf(plan) });
write({ line: 'ready' });
await Promise.all([early, ...read.map(use)]);
write({ line: 'idle' });

async function use(plan: QueuePlan): Promise<void> {
  const user = new QueueUser(node.queues.get(plan.name), plan, random, nextNumber, write);
  if (life.bulk > 0 && plan.name === 'always') await user.bulk(life.bulk);
  else await user.work(life);
}

function isNeverRead({ dbMode }: QueuePlan): boolean {
  return dbMode === 'save';
}

function itemsOf(plan: QueuePlan) {
  const queue = node.queues.get(plan.name);
  const items = [];
  for (let after: number | undefined, more = true; more; ) {
    const page = queue.peek({ after });
    for (const item of page.items) {
      const n = numberOf(plan, item);
      if (n === undefined) write({ line: 'wrong', queue: plan.name, what: `item ${item.id} is not what was added` });
      else items.push({ n, id: item.id, deliveries: item.deliveries });
    }
    after = page.next;
    more = after !== undefined;
  }
  return items;
}
