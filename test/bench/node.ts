import { createNode } from '../../src/index.ts';

/** The node under load: one peer that answers 202, as Kamailio's script peers do. */
const [address = '127.0.0.1'] = process.argv.slice(2);
const node = createNode({ settings: { server_address: `sip:${address}:5060`, listen: [`udp:${address}:5060`] } });
node.registerPeer({ name: 'bench', callback: () => undefined });
await node.start();
console.log('ready');
setInterval(() => {}, 1_000);
