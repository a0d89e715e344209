import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { ListenAddress } from '../../core/settings.ts';

/** Binds a socket for a moment. Undefined when that went well, else the code of what is in the way. */
export function bindError({ transport, host, port }: ListenAddress): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const failed = (error: Error) => resolve('code' in error ? String(error.code) : error.message);
  if (transport === 'udp') {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket
      .once('error', failed)
      .bind({ port, address: host, exclusive: true }, () => socket.close(() => resolve(undefined)));
  } else {
    const server = createServer();
    server.once('error', failed).listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  }
  return promise;
}

/** What to do about a code of {@link bindError}; `settings` say which address it is. */
export function afterBindError(code: string, settings: string): string | undefined {
  const nexts: Readonly<Record<string, string>> = {
    EADDRNOTAVAIL: `No interface of this machine has that address: see ${settings}.`,
    EACCES: 'This user may not bind it: take a port from 1024 on.',
  };
  return nexts[code];
}
