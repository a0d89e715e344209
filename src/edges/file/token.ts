import { randomBytes } from 'node:crypto';

/** Different each time: a name that is gone never comes back, and two who write at the same time never share a file. */
export function token(): string {
  return randomBytes(8).toString('hex');
}
