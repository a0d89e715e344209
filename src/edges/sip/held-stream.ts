import type { HeldConnection } from '../../ports/sip-transport.ts';
import type { StreamConnection, StreamEnd, StreamUser } from './stream-connection.ts';

/** What the holder is told. A certificate that is not the expected one is a refusal by this node. */
type Loss = 'refused' | 'closed' | 'timeout';
const LOSSES: Record<Exclude<StreamEnd, 'stopped'>, Loss> = {
  closed: 'closed',
  refused: 'refused',
  timeout: 'timeout',
  untrusted: 'refused',
};

/** A hold on a connection, which requests may use at the same time. */
export class HeldStream implements StreamUser, HeldConnection {
  readonly holds = true;
  readonly #lost: (why: Loss) => void;
  #connection: StreamConnection | undefined;
  #closed = false;

  constructor(lost: (why: Loss) => void) {
    this.#lost = lost;
  }

  on(connection: StreamConnection): void {
    // Let go while the name of the target was still being looked up.
    if (this.#closed) return;
    this.#connection = connection;
    connection.join(this);
  }

  ended(end: StreamEnd): void {
    // That this node stops says nothing about the other.
    if (end !== 'stopped') this.lose(LOSSES[end]);
  }

  /** Tells the holder, once and not after it has let go. */
  lose(why: Loss): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#lost(why);
  }

  close(): void {
    this.#closed = true;
    this.#connection?.leave(this);
  }
}
