import { formatHostPort } from '../../core/node-uri.ts';
import type { ListenAddress } from '../../core/settings.ts';

const CAUSES: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'the port is taken: is another SIP server running there?'],
  ['EADDRNOTAVAIL', 'this machine does not have that address'],
  ['EACCES', 'the process is not allowed to bind that port (ports below 1024 need CAP_NET_BIND_SERVICE)'],
  ['EPERM', 'the process is not allowed to bind that port'],
  ['EAFNOSUPPORT', 'this machine has no addresses of that family'],
]);

/** A socket that could not be bound. The message names it and says why in plain words. */
export class ListenError extends Error {
  readonly code = 'LISTEN_FAILED';
  readonly address: ListenAddress;

  constructor(address: ListenAddress, cause: unknown) {
    const system = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const why = CAUSES.get(system) ?? (cause instanceof Error ? cause.message : String(cause));
    super(`cannot listen on ${address.transport} ${formatHostPort(address)}: ${why}`, { cause });
    this.name = 'ListenError';
    this.address = address;
  }
}
