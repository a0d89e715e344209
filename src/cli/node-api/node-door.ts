import type { Duplex } from 'node:stream';

/** Where the running node is that a command speaks with. */
export interface NodeDoor {
  /** What requests name. */
  readonly base: URL;
  /** What people call it. */
  readonly name: string;
  /** What to look at when nobody answers. */
  readonly whenSilent: string;
  /** Where its token may be; empty where nobody knows. */
  readonly tokenHint: string;
  /** Makes the connection of one request; without it one is made to `base`. Rejects with a CommandFailure. */
  readonly connect?: () => Promise<Duplex>;
}
