import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { formatListenAddress } from '../../core/settings/address-formats.ts';
import type { ListenAddress, Settings } from '../../core/settings.ts';
import type { Finding } from './finding.ts';

/** Whether the sockets of the configuration can be bound here; each is bound for a moment. */
export async function checkSockets(
  { listen }: Settings,
  hasAddress: boolean,
): Promise<{ readonly findings: readonly Finding[]; readonly inUse: boolean }> {
  if (!hasAddress) {
    const what = 'server_address is not set, so there are no sockets to look at';
    const next = 'Set server_address, or POD_IP in a pod: without it a node does not start.';
    return { findings: [{ check: 'sockets', level: 'warning', what, next }], inUse: false };
  }
  const findings: Finding[] = [];
  let inUse = false;
  for (const socket of listen) {
    const code = await bindError(socket);
    inUse ||= code === 'EADDRINUSE';
    findings.push(findingOf(formatListenAddress(socket), code));
  }
  return { findings, inUse };
}

function findingOf(socket: string, code: string | undefined): Finding {
  const check = 'sockets';
  if (code === undefined) return { check, level: 'ok', what: `${socket} is free` };
  if (code === 'EADDRINUSE')
    return {
      check,
      level: 'ok',
      what: `${socket} is in use: by a node that runs here, or by somebody else (ss -lntup names him)`,
    };
  const nexts: Readonly<Record<string, string>> = {
    EADDRNOTAVAIL: 'No interface of this machine has that address: see listen and server_address.',
    EACCES: 'This user may not bind it: take a port from 1024 on.',
  };
  const next = nexts[code];
  return { check, level: 'error', what: `${socket} can't be bound (${code})`, ...(next !== undefined && { next }) };
}

/** Undefined when it was bound. */
function bindError({ transport, host, port }: ListenAddress): Promise<string | undefined> {
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
