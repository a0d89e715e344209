import type { NodeUri, TransportName } from '../../core/node-uri.ts';
import type { Random } from '../../ports/random.ts';
import type { RequestContent, SendFailure, SendOutcome, SipRequest } from '../../ports/sip-transport.ts';
import type { Counters } from '../../ports/telemetry.ts';
import { type ClientTransaction, type ClientTransactions, TIMER_F_MS } from './client-transactions.ts';
import type { HostAddresses } from './host-addresses.ts';
import type { Listeners } from './listeners.ts';
import { readMessage } from './message-reader.ts';
import type { MessageWriter, OwnVia } from './message-writer.ts';
import { SipRequestMessage } from './sip-request-message.ts';
import type { StreamPool } from './stream-pool.ts';
import { StreamRequest } from './stream-request.ts';
import { UnwritableValueError } from './unwritable-value-error.ts';

/** RFC 3261 18.1.1: a larger request goes by a transport with congestion control where the path MTU is unknown. */
const LARGEST_BY_UDP = 1300;

export interface RequestSenderOptions {
  readonly random: Random;
  readonly counters: Counters;
  readonly writer: MessageWriter;
  readonly transactions: ClientTransactions;
  readonly hosts: HostAddresses;
  readonly pool: StreamPool;
  readonly listeners: Listeners;
}

/** One request on its way: who it is for, how it is carried, and its bytes once the Via is known. */
interface Sending {
  readonly target: NodeUri;
  readonly carrier: TransportName | 'larger';
  readonly transaction: ClientTransaction;
  readonly write: (via: OwnVia) => Buffer;
}

/** Sends requests, each in a client transaction of its own. */
export class RequestSender {
  readonly #options: RequestSenderOptions;
  readonly #callIdPrefix: string;
  readonly #tagPrefix: string;
  #sent = 0;

  constructor(options: RequestSenderOptions) {
    this.#options = options;
    this.#callIdPrefix = options.random.token(12);
    this.#tagPrefix = options.random.token(8);
  }

  /** As {@link SipTransport.send}. */
  send(content: RequestContent, done: (outcome: SendOutcome) => void): void {
    const { target, method = 'KDMQ', deadlineMs = TIMER_F_MS, carrier = target.transport } = content;
    // Unique and unguessable without asking the random source each time (RFC 3261 8.1.1.4, 19.3).
    const number = (this.#sent++).toString(36);
    const fromTag = this.#tagPrefix + number;
    const callId = `${this.#callIdPrefix}-${number}`;
    this.#carry(target, carrier, { method, deadlineMs, done }, (via) =>
      this.#options.writer.request({ content, via, fromTag, callId, cseq: 10 }),
    );
  }

  /** As {@link SipTransport.relay}. */
  relay(request: SipRequest, target: NodeUri, done: (outcome: SendOutcome) => void): void {
    const message = asMessage(request);
    if (message === undefined) {
      this.#refuse(done, 'unreachable', 'the request to relay cannot be read');
      return;
    }
    if (request.maxForwards === 0) {
      this.#refuse(done, 'unreachable', 'Max-Forwards is 0');
      return;
    }
    this.#carry(target, target.transport, { method: request.method, deadlineMs: TIMER_F_MS, done }, (via) =>
      this.#options.writer.relay(message, via),
    );
  }

  #carry(
    target: NodeUri,
    carrier: TransportName | 'larger',
    request: Parameters<ClientTransactions['begin']>[0],
    write: (via: OwnVia) => Buffer,
  ): void {
    const { transactions, hosts, counters } = this.#options;
    const transaction = transactions.begin(request);
    if (transaction === undefined) {
      this.#refuse(request.done, 'overflow', 'too many requests are under way');
      return;
    }
    counters.add('sip_requests_sent', request.method === 'KDMQ' ? 'kdmq' : 'other');
    const sending: Sending = { target, carrier, transaction, write };
    hosts.find(target.host, (address) => {
      if (!transactions.isOpen(transaction)) return;
      if (address === undefined) this.#failSoon(transaction, 'unreachable', `${target.host} has no address`);
      else this.#dispatch(sending, address);
    });
  }

  #dispatch(sending: Sending, address: string): void {
    try {
      const { carrier, target } = sending;
      if (carrier === 'tcp' || carrier === 'tls') this.#byStream(sending, carrier, address);
      else if (carrier === 'larger' && target.transport !== 'udp') this.#byStream(sending, target.transport, address);
      else this.#byUdp(sending, address);
    } catch (error) {
      if (!(error instanceof UnwritableValueError)) throw error;
      this.#failSoon(sending.transaction, 'unreachable', error.message);
    }
  }

  #byUdp(sending: Sending, address: string): void {
    const { transactions, listeners } = this.#options;
    const { transaction, target } = sending;
    const listener = listeners.udp(address);
    if (listener === undefined) {
      this.#failSoon(transaction, 'unreachable', `no UDP listener can send to ${address}`);
      return;
    }
    const bytes = this.#write(sending, 'udp', address);
    if (sending.carrier === 'larger' && bytes.length > LARGEST_BY_UDP) {
      this.#byStream(sending, 'tcp', address);
      return;
    }
    const transmit = (): void =>
      listener.send(bytes, address, target.port, (failure, detail) => transactions.fail(transaction, failure, detail));
    transmit();
    transactions.sendBy(transaction, transmit);
  }

  #byStream(sending: Sending, transport: 'tcp' | 'tls', address: string): void {
    const { transactions, pool } = this.#options;
    const bytes = this.#write(sending, transport, address);
    const target = { transport, host: address, port: sending.target.port };
    new StreamRequest(transactions, sending.transaction, pool, target, bytes).send();
  }

  #write(sending: Sending, transport: TransportName, address: string): Buffer {
    const { host, port } = this.#options.listeners.sentBy(transport, address);
    return sending.write({ transport, host, port, branch: sending.transaction.branch });
  }

  #failSoon(transaction: ClientTransaction, failure: SendFailure, detail: string): void {
    process.nextTick(() => this.#options.transactions.fail(transaction, failure, detail));
  }

  #refuse(done: (outcome: SendOutcome) => void, failure: SendFailure, detail: string): void {
    this.#options.counters.add('sip_requests_failed', failure);
    process.nextTick(done, { ok: false, failure, detail });
  }
}

/** A request that this edge has read is taken as it is; any other implementation of the port's is read from its bytes. */
function asMessage(request: SipRequest): SipRequestMessage | undefined {
  if (request instanceof SipRequestMessage) return request;
  const read = readMessage(Buffer.from(request.bytes), request.source, 'datagram');
  return read.kind === 'request' ? read : undefined;
}
