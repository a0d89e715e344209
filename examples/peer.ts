/**
 * A node with one peer: it answers the messages of the channel `greetings`.
 *
 *     bin/node24 examples/peer.ts sip:10.0.0.1:5060 sip:10.0.0.2:5060     (own address, address of another node)
 */
import process from 'node:process';
import { createNode } from 'kdmq';

const [own = 'sip:127.0.0.1:5060', ...others] = process.argv.slice(2);
const node = createNode({ settings: { server_address: own, notification_address: others } });

node.registerPeer({
  name: 'greetings',
  description: 'prints what it is greeted with',
  callback: (request) => {
    console.log(`${request.from?.host}: ${new TextDecoder().decode(request.body)}`);
    // No body: a Kamailio that sends from its script would read it as a node list.
    return { code: 200, reason: 'Nice To Meet You' };
  },
  initCallback: () => console.log(`joined, ${node.nodes().length - 1} others here`),
});

node.on('joined', ({ uri, kind }) => console.log(`+ ${uri} (${kind})`));
node.on('left', ({ uri }) => console.log(`- ${uri} said goodbye`));
node.on('died', ({ uri, why }) => console.log(`- ${uri} ${why}`));

await node.start();
console.log(`this is ${node.uri}`);

// The first signal says goodbye to the others and ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void node.stop().then(() => process.exit()));
