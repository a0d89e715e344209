import { formatListenAddress } from '../../core/settings/address-formats.ts';
import type { Settings } from '../../core/settings.ts';
import { afterBindError, bindError } from './bind-error.ts';
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
  const next = afterBindError(code, 'listen and server_address');
  return { check, level: 'error', what: `${socket} can't be bound (${code})`, ...(next !== undefined && { next }) };
}
