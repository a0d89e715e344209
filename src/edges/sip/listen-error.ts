import { describeBindFailure } from '../../core/bind-failure.ts';
import { formatHostPort } from '../../core/node-uri.ts';
import type { ListenAddress } from '../../core/settings.ts';

/** A socket that could not be bound. The message names it and says why in plain words. */
export class ListenError extends Error {
  readonly code = 'LISTEN_FAILED';
  readonly address: ListenAddress;

  constructor(address: ListenAddress, cause: unknown) {
    const why = describeBindFailure(cause);
    super(`cannot listen on ${address.transport} ${formatHostPort(address)}: ${why}`, { cause });
    this.name = 'ListenError';
    this.address = address;
  }
}
