import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const MOST_TRIES = 1_000;

/**
 * A port of an address that is free at this moment, for UDP and for TCP. Whoever else takes it before the caller does is named by the error
 * of the caller's own bind. Rejects when none is free, or when the address is none of this machine's.
 */
export async function freePort(host: string): Promise<number> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const port = await freeUdpPort(host);
    // A connection that somebody makes from that port takes it for TCP alone.
    if (await isFreeForTcp(host, port)) return port;
  }
  throw new Error(`no port of ${host} is free for both UDP and TCP`);
}

function freeUdpPort(host: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.once('error', reject);
  socket.bind(0, host, () => {
    const { port } = socket.address();
    socket.close(() => resolve(port));
  });
  return promise;
}

function isFreeForTcp(host: string, port: number): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') resolve(false);
    else reject(error);
  });
  server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  return promise;
}
