import { formatHostPort } from '../../../core/node-uri.ts';
import type { HttpAddress } from '../../../core/settings.ts';

const CAUSES: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'the port is taken'],
  ['EADDRNOTAVAIL', 'this machine does not have that address'],
  ['EACCES', 'the process is not allowed to bind that port (ports below 1024 need CAP_NET_BIND_SERVICE)'],
  ['EPERM', 'the process is not allowed to bind that port'],
  ['EAFNOSUPPORT', 'this machine has no addresses of that family'],
]);

/** The socket of HTTP could not be bound. The message names it, says why, and by which setting it can be another one. */
export class HttpListenError extends Error {
  readonly code = 'LISTEN_FAILED';
  readonly address: HttpAddress;

  constructor(address: HttpAddress, cause: unknown) {
    const system = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const why = CAUSES.get(system) ?? (cause instanceof Error ? cause.message : String(cause));
    const help = 'the setting http_listen names another one, or off';
    super(`cannot serve HTTP on ${formatHostPort(address)}: ${why} (${help})`, { cause });
    this.name = 'HttpListenError';
    this.address = address;
  }
}
