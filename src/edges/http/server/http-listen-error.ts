import { describeBindFailure } from '../../../core/bind-failure.ts';
import { formatHostPort } from '../../../core/node-uri.ts';
import type { HttpAddress } from '../../../core/settings.ts';

/** The socket of HTTP could not be bound. The message names it, says why, and by which setting it can be another one. */
export class HttpListenError extends Error {
  readonly code = 'LISTEN_FAILED';
  readonly address: HttpAddress;

  constructor(address: HttpAddress, cause: unknown) {
    const why = describeBindFailure(cause);
    const help = 'the setting http_listen names another one, or off';
    super(`cannot serve HTTP on ${formatHostPort(address)}: ${why} (${help})`, { cause });
    this.name = 'HttpListenError';
    this.address = address;
  }
}
