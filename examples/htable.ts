/**
 * Listens to what Kamailio nodes replicate of their shared hash tables (htable module, `dmqreplicate=1`) and asks
 * them for what they hold already.
 *
 *     bin/node24 examples/htable.ts sip:10.0.0.1:5060 sip:10.0.0.2:5060     (own address, address of a Kamailio)
 */
import process from 'node:process';
import { setTimeout as after } from 'node:timers/promises';
import { createNode } from 'kdmq';

/** The JSON of htable's channel; `type` 2 is a string in `strval`, 0 a number in `intval`. */
interface HtableMessage {
  readonly action: number;
  readonly htname?: string;
  readonly cname?: string;
  readonly strval?: string;
  readonly intval?: number;
  readonly cells?: readonly HtableMessage[];
}

const actions = new Map([
  [2, 'set'],
  [3, 'set expire'],
  [4, 'delete'],
  [5, 'delete by regex'],
  [6, 'delete by prefix'],
]);

const [own = 'sip:127.0.0.1:5060', ...others] = process.argv.slice(2);
const node = createNode({ settings: { server_address: own, notification_address: others } });

const describe = ({ htname, cname, strval, intval }: HtableMessage) => `${htname}=>${cname} ${strval ?? intval ?? ''}`;

let hasAnswer = false;
node.registerPeer({
  name: 'htable',
  callback: ({ body }) => {
    const message = JSON.parse(new TextDecoder().decode(body)) as HtableMessage; // a throw is answered with 500
    if (message.cells !== undefined) hasAnswer = true;
    for (const cell of message.cells ?? []) console.log(`has ${describe(cell)}`);
    const action = actions.get(message.action);
    if (action !== undefined && message.cells === undefined) console.log(`${action} ${describe(message)}`);
    return { code: 200 };
  },
});

await node.start();
await node.joined();
console.log(`this is ${node.uri}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void node.stop().then(() => process.exit()));

// A Kamailio answers only those that it lists, and it lists this node some moments after it has been found.
for (let tries = 0; tries < 5 && !hasAnswer; tries++) {
  await node.broadcastMessage('htable', '{"action":1}', { contentType: 'application/json', deadlineMs: 2_000 });
  await after(1_000);
}
