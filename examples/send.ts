/**
 * Sends to one node, then to all but that one, with a content type and Max-Forwards of its own.
 *
 *     bin/node24 examples/send.ts sip:10.0.0.3:5060 sip:10.0.0.1:5060 tasks '{"do":"this"}'
 *                           (own address, the one node, channel, JSON)
 */
import process from 'node:process';
import { setTimeout as after } from 'node:timers/promises';
import { createNode } from 'kdmq';

const [own = 'sip:127.0.0.1:5060', one = '', channel = 'tasks', body = '{}'] = process.argv.slice(2);
const node = createNode({ settings: { server_address: own, notification_address: one } });
const options = { contentType: 'application/json', maxForwards: 5, deadlineMs: 2_000 };

await node.start();
await node.joined();
// Somebody was found. Those that he named are asked for themselves before they get anything.
for (let tries = 0; tries < 40 && node.nodes().some(({ status }) => status === 'not_active'); tries++) await after(50);

// Whatever happens on the way is in the delivery; only a target that is no SIP URI throws (a TargetError).
const { code, reason, elapsedMs } = await node.sendMessage(channel, one, body, options);
console.log(`${one}: ${code} ${reason} after ${elapsedMs.toFixed(1)} ms`);

const receiver = node.nodes().find(({ uri }) => uri === one);
const rest = await node.broadcastMessage(channel, body, { ...options, ...(receiver && { except: receiver }) });
console.log(`${rest.length} others: ${rest.map(({ code }) => code).join(' ') || 'none'}`);

await node.stop();
