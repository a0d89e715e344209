/**
 * Sends one text to every active node and prints each answer as it comes.
 *
 *     bin/node24 examples/broadcast.ts sip:10.0.0.3:5060 sip:10.0.0.1:5060 greetings "hello all"
 *                                (own address, address of another node, channel, text)
 */
import process from 'node:process';
import { setTimeout as after } from 'node:timers/promises';
import { createNode } from 'kdmq';

const [own = 'sip:127.0.0.1:5060', other = '', channel = 'greetings', text = 'hello'] = process.argv.slice(2);
const node = createNode({ settings: { server_address: own, notification_address: other } });

await node.start();
await node.joined();
// Somebody was found. Those that he named are asked for themselves before they get anything.
for (let tries = 0; tries < 40 && node.nodes().some(({ status }) => status === 'not_active'); tries++) await after(50);

const deliveries = await node.broadcastMessage(channel, text, {
  contentType: 'text/plain',
  deadlineMs: 2_000,
  // One call a node, in the order of the answers. A node that does not answer has code 408, as in Kamailio.
  onReply: ({ node: to, code, reason }) => console.log(`${to.host}: ${code} ${reason}`),
});
console.log(`${deliveries.filter(({ code }) => code < 300).length} of ${deliveries.length} took it`);

await node.stop();
