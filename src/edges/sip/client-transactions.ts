import type { Clock } from '../../ports/clock.ts';
import type { SendFailure, SendOutcome, SipReply } from '../../ports/sip-transport.ts';
import type { Counters } from '../../ports/telemetry.ts';
import { type TimerWheel, WheelTimer } from './timer-wheel.ts';

/** RFC 3261 17.1.1.1: an estimate of the round trip. */
const T1_MS = 500;
/** RFC 3261 17.1.2.2: the longest time between two retransmissions. */
const T2_MS = 4000;
/** RFC 3261 17.1.2.2: 64 × T1, when a transaction without a deadline of its own is given up. */
export const TIMER_F_MS = 64 * T1_MS;

export interface ClientTransactionsOptions {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly counters: Counters;
  /** Starts every branch of this process: nobody who has not seen a request can forge a reply to it. */
  readonly branchPrefix: string;
  /** Transactions under way at the same time; more are refused. */
  readonly limit: number;
}

/** What a transaction needs to know about its request. */
export interface ClientRequest {
  readonly method: string;
  /** Milliseconds until the outcome is 'timeout'. */
  readonly deadlineMs: number;
  readonly done: (outcome: SendOutcome) => void;
}

/** One request and the wait for its final reply: 'Trying' or 'Proceeding' of RFC 3261 17.1.2.2 for as long as it lives. */
export class ClientTransaction extends WheelTimer {
  readonly branch: string;
  readonly method: string;
  /** Sends the request once more. Undefined on a stream, which loses nothing (Timer E is not set there). */
  retransmit: (() => void) | undefined;
  /** Called when the transaction has ended in whatever way, before its outcome is told. */
  released: (() => void) | undefined;
  readonly #deadlineAt: number;
  readonly #owner: ClientTransactions;
  readonly done: (outcome: SendOutcome) => void;
  #interval = T1_MS;
  #proceeding = false;

  constructor(owner: ClientTransactions, branch: string, request: ClientRequest, now: number) {
    super();
    this.#owner = owner;
    this.branch = branch;
    this.method = request.method;
    this.done = request.done;
    this.#deadlineAt = now + request.deadlineMs;
  }

  /** A provisional reply came: from its next firing on Timer E runs at T2. It never ends the transaction. */
  proceed(): void {
    this.#proceeding = true;
  }

  /** Milliseconds until the wheel has to look again: at Timer E's firing or at the deadline. */
  wait(now: number): number {
    const left = this.#deadlineAt - now;
    return this.retransmit === undefined ? left : Math.min(this.#interval, left);
  }

  override expire(): void {
    const now = this.#owner.now();
    if (now >= this.#deadlineAt) {
      this.#owner.fail(this, 'timeout', 'no final reply came in time');
      return;
    }
    // The interval doubles to T2 (E, RFC 3261 17.1.2.2) and is T2 at once after a provisional reply.
    this.#interval = this.#proceeding ? T2_MS : Math.min(this.#interval * 2, T2_MS);
    this.#owner.retransmit(this, now);
  }
}

/**
 * Non-INVITE client transactions (RFC 3261 17.1.2). Timer K, which swallows a final reply that comes again, needs no
 * state here: a reply whose branch starts with this process's prefix and that nobody waits for is a late one.
 */
export class ClientTransactions {
  readonly #options: ClientTransactionsOptions;
  readonly #open = new Map<string, ClientTransaction>();
  #issued = 0;

  constructor(options: ClientTransactionsOptions) {
    this.#options = options;
  }

  /** Transactions under way. */
  get size(): number {
    return this.#open.size;
  }

  now(): number {
    return this.#options.clock.now();
  }

  /** A transaction with a fresh branch, its clock running; undefined when too many are under way. */
  begin(request: ClientRequest): ClientTransaction | undefined {
    if (this.#open.size >= this.#options.limit) return undefined;
    const branch = `${this.#options.branchPrefix}${(this.#issued++).toString(36)}`;
    const transaction = new ClientTransaction(this, branch, request, this.now());
    this.#open.set(branch, transaction);
    this.#arm(transaction, this.now());
    return transaction;
  }

  /** Switches retransmission on (UDP) or off (streams) for a request that has just been sent. */
  sendBy(transaction: ClientTransaction, retransmit: (() => void) | undefined): void {
    transaction.retransmit = retransmit;
    if (this.isOpen(transaction)) this.#arm(transaction, this.now());
  }

  isOpen(transaction: ClientTransaction): boolean {
    return this.#open.get(transaction.branch) === transaction;
  }

  /** Takes a reply that came with this top branch and CSeq method (17.1.3). */
  receive(branch: string, method: string, reply: SipReply): void {
    const transaction = this.#open.get(branch);
    if (transaction === undefined || transaction.method !== method) {
      const late = transaction === undefined && branch.startsWith(this.#options.branchPrefix);
      this.#options.counters.add('sip_dropped', late ? 'late_reply' : 'stray_reply');
    } else if (reply.code < 200) {
      transaction.proceed();
    } else {
      this.#end(transaction, { ok: true, reply });
    }
  }

  fail(transaction: ClientTransaction, failure: SendFailure, detail: string): void {
    if (!this.isOpen(transaction)) return;
    this.#options.counters.add('sip_requests_failed', failure);
    this.#end(transaction, { ok: false, failure, detail });
  }

  retransmit(transaction: ClientTransaction, now: number): void {
    this.#arm(transaction, now);
    if (transaction.retransmit === undefined) return;
    this.#options.counters.add('sip_retransmissions_sent');
    transaction.retransmit();
  }

  /** Ends all that is under way as 'stopped'. */
  stop(): void {
    for (const transaction of [...this.#open.values()]) {
      this.fail(transaction, 'stopped', 'the transport has been stopped');
    }
  }

  #arm(transaction: ClientTransaction, now: number): void {
    this.#options.wheel.start(transaction, transaction.wait(now));
  }

  #end(transaction: ClientTransaction, outcome: SendOutcome): void {
    this.#open.delete(transaction.branch);
    this.#options.wheel.cancel(transaction);
    transaction.retransmit = undefined;
    transaction.released?.();
    transaction.done(outcome);
  }
}
