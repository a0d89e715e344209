import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { freePort } from '../../../src/edges/system/free-port.ts';

/** In a network with four ports that are given out: takes three of them by connections, and prints those and what is free. */
const address = '127.0.0.1';
const server = createServer().listen(1, address);
await once(server, 'listening');
const taken: (number | undefined)[] = [];
for (let count = 0; count < 3; count++) {
  const connection = connect({ host: address, port: 1 });
  await once(connection, 'connect');
  taken.push(connection.localPort);
}
const free = new Set<number>();
for (let tries = 0; tries < 20; tries++) free.add(await freePort(address));
process.stdout.write(JSON.stringify({ taken, free: [...free] }), () => process.exit());
