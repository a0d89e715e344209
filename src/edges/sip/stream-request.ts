import type { SendFailure } from '../../ports/sip-transport.ts';
import type { ClientTransaction, ClientTransactions } from './client-transactions.ts';
import type { StreamConnection, StreamEnd, StreamUser } from './stream-connection.ts';
import type { PoolRefusal, StreamPool, StreamTarget } from './stream-pool.ts';

const FAILURES: Record<StreamEnd, SendFailure> = {
  closed: 'unreachable',
  refused: 'unreachable',
  timeout: 'unreachable',
  untrusted: 'untrusted',
  stopped: 'stopped',
};

const REFUSALS: Record<PoolRefusal, [SendFailure, string]> = {
  no_tls: ['unreachable', 'no TLS certificate is configured'],
  full: ['overflow', 'too many connections are open'],
  stopped: ['stopped', 'the transport has been stopped'],
};

/**
 * One request on a stream. When a connection that was open before turns out to be closed, and nothing came back over it,
 * the other side had most likely closed it while it was idle: the request is sent once more, over a new connection.
 */
export class StreamRequest implements StreamUser {
  readonly holds = false;
  readonly #transactions: ClientTransactions;
  readonly #transaction: ClientTransaction;
  readonly #pool: StreamPool;
  readonly #target: StreamTarget;
  readonly #bytes: Uint8Array;
  #connection: StreamConnection | undefined;
  #receivedBefore = 0;
  #mayRepeat = true;

  constructor(
    transactions: ClientTransactions,
    transaction: ClientTransaction,
    pool: StreamPool,
    target: StreamTarget,
    bytes: Uint8Array,
  ) {
    this.#transactions = transactions;
    this.#transaction = transaction;
    this.#pool = pool;
    this.#target = target;
    this.#bytes = bytes;
  }

  /** Never ends the transaction before it has returned. */
  send(): void {
    const connection = this.#pool.connection(this.#target);
    if (typeof connection === 'string') {
      this.#failSoon(...REFUSALS[connection]);
      return;
    }
    // A connection that is only coming about has not been idle: when it fails, so does the request.
    this.#mayRepeat &&= connection.connected;
    this.#receivedBefore = connection.received;
    if (!connection.write(this.#bytes)) {
      this.#failSoon('overflow', 'the other side does not read');
      return;
    }
    this.#connection = connection;
    connection.join(this);
    this.#transaction.released = () => connection.leave(this);
  }

  ended(end: StreamEnd, detail: string): void {
    const answered = this.#connection === undefined || this.#connection.received !== this.#receivedBefore;
    if (answered || !this.#mayRepeat || end !== 'closed' || !this.#transactions.isOpen(this.#transaction)) {
      this.#transactions.fail(this.#transaction, FAILURES[end], detail);
      return;
    }
    this.#mayRepeat = false;
    this.send();
  }

  #failSoon(failure: SendFailure, detail: string): void {
    process.nextTick(() => this.#transactions.fail(this.#transaction, failure, detail));
  }
}
