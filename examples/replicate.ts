/**
 * Takes REGISTER requests and passes each one on to every node of the bus, once: what came from a node has been
 * passed on already. The same as this in Kamailio's script:
 *
 *     if (!dmq_is_from_node()) dmq_t_replicate();
 *
 *     bin/node24 examples/replicate.ts sip:10.0.0.1:5060 sip:10.0.0.2:5060     (own address, address of another node)
 */
import process from 'node:process';
import { createNode } from 'kdmq';

const [own = 'sip:127.0.0.1:5060', ...others] = process.argv.slice(2);
const node = createNode({ settings: { server_address: own, notification_address: others } });

node.onRequest((request) => {
  if (request.method !== 'REGISTER') return { code: 405, headers: [['Allow', 'REGISTER']] };
  const contact = request.header('Contact') ?? '';
  if (node.isFromNode(request)) console.log(`replicated to us: ${contact}`);
  else console.log(`registered: ${contact}, replicated to ${node.replicate(request)}`);
  return { code: 200, headers: [['Contact', contact]] };
});

await node.start();
await node.joined();
console.log(`this is ${node.uri}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void node.stop().then(() => process.exit()));
