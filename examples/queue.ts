/**
 * A queue of calls that outlives the process: what is added is on the disk before it is answered, and an item that nobody
 * acknowledges comes again. `nobody` can't be called: after three tries it lies in the queue `failed`.
 *
 *     bin/node24 examples/queue.ts sip:10.0.0.1:5060 /var/lib/kdmq alice bob nobody     (own address, folder, whom to call)
 */
import process from 'node:process';
import { createNode } from 'kdmq';

const [own = 'sip:127.0.0.1:5060', folder = '/var/lib/kdmq', ...callees] = process.argv.slice(2);
const node = createNode({
  settings: {
    server_address: own,
    data_dir: folder, // with db_url: 'redis://10.0.0.9' the same queues are kept in Redis
    mqueue: {
      calls: { durability: 'always', lease_ms: 30_000, max_deliveries: 3, dead_letter: 'failed' },
      failed: { durability: 'always' },
    },
  },
});

await node.start();
await node.queues.ready(); // what an earlier run has left is read
const calls = node.queues.get('calls');
console.log(`left from before: ${calls.size()}`);

for (const callee of callees) {
  const { id } = await calls.add(callee, JSON.stringify({ uri: `sip:${callee}@example.org` }));
  console.log(`${id} added`); // from here on it outlives a kill -9
}

// The oldest one, or whatever is added within a second.
const first = await calls.waitFetch({ timeoutMs: 1_000 });
if (first !== undefined) {
  console.log(`${first.id} fetched: ${first.keyText()} ${first.valueText()}`);
  await first.ack(); // without it the item comes again after lease_ms
}

// All others, two at a time: acknowledged when the handler ends, given back when it throws.
calls.consume(
  async (item) => {
    if (item.keyText() === 'nobody') throw new Error('nobody answers');
    console.log(`${item.id} called: ${item.keyText()}`);
  },
  { concurrency: 2 },
);
node.queues.get('failed').consume((item) => console.log(`given up: ${item.keyText()}`));

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, async () => {
    const { spilled, lost } = await node.stop(); // waits for the handlers, then saves
    process.exit(spilled.length + lost.length > 0 ? 74 : 0);
  });
