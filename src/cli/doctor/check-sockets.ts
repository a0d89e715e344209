import { formatListenAddress } from '../../core/settings/address-formats.ts';
import type { Settings } from '../../core/settings.ts';
import { afterBindError, bindError } from './bind-error.ts';
import type { Finding } from './finding.ts';

export interface SocketsAsked {
  /** Whether it is known where a node of the configuration listens. */
  readonly hasAddress: boolean;
  /** Whether a node is to start here; no matter for who only looks at a release in Kubernetes. */
  readonly isToStart: boolean;
}

export interface CheckedSockets {
  readonly findings: readonly Finding[];
  /** Whether one of them is in use: by a node of this configuration, most likely. */
  readonly inUse: boolean;
  /** Whether a node could start with them now, so that none runs here. */
  readonly areFree: boolean;
}

/** Whether the sockets of the configuration can be bound here; each is bound for a moment. */
export async function checkSockets(
  { listen }: Settings,
  { hasAddress, isToStart }: SocketsAsked,
): Promise<CheckedSockets> {
  if (!hasAddress) {
    const what = 'server_address is not set, so there are no sockets to look at';
    const next = 'Set server_address, or POD_IP in a pod: without it a node does not start (exit code 78).';
    const level = isToStart ? 'error' : 'warning';
    return { findings: [{ check: 'sockets', level, what, next }], inUse: false, areFree: false };
  }
  const codes = await Promise.all(listen.map(bindError));
  const findings = codes.map((code, index) => findingOf(formatListenAddress(listen[index]!), code));
  const areFree = codes.every((code) => code === undefined);
  if (areFree) findings.push({ check: 'sockets', level: 'ok', what: 'no node of this configuration runs here' });
  return { findings, inUse: codes.includes('EADDRINUSE'), areFree };
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
