import { formatNodeUri, type NodeUri, nodeKey, type TransportName } from '../../src/core/node-uri.ts';
import type { Clock, Timer } from '../../src/ports/clock.ts';
import type { Random } from '../../src/ports/random.ts';
import type {
  HeldConnection,
  ReplyContent,
  ReplyFunction,
  RequestContent,
  SendOutcome,
  SipReply,
  SipRequest,
  SipTransport,
} from '../../src/ports/sip-transport.ts';

const encoder = new TextEncoder();
/** Bytes of start line and headers of a KDMQ request and its reply, about. */
const headerBytes = 380;

/** What a place on the network saw. */
export interface Traffic {
  messages: number;
  bytes: number;
}

/**
 * A network of nodes in one process on a clock that a test drives: delay, loss by direction, partitions, processes that are killed or
 * freeze. Carries what SipTransport promises; requests and replies are values, no bytes are parsed.
 */
export class VirtualNetwork {
  readonly clock: Clock;
  readonly random: Random;
  readonly #places = new Map<string, VirtualTransport>();
  readonly #aliases = new Map<string, NodeUri>();
  /** Milliseconds one way. */
  delayMs = 1;
  /** Chance that a datagram from one place to another is lost. */
  loss: (from: NodeUri, to: NodeUri) => number = () => 0;
  /** Whether two places can reach each other at all. */
  connected: (from: NodeUri, to: NodeUri) => boolean = () => true;

  constructor(clock: Clock, random: Random) {
    this.clock = clock;
    this.random = random;
  }

  place(uri: NodeUri, software = 'kdmq/test'): VirtualTransport {
    const place = new VirtualTransport(this, uri, software);
    return place;
  }

  /** What is sent to `second` reaches the node at `first`: two addresses of one machine. */
  alias(second: NodeUri, first: NodeUri): void {
    this.#aliases.set(nodeKey(second), first);
  }

  /** A process dies: its sockets close, its peers' kernels notice. */
  kill(uri: NodeUri): void {
    const place = this.#places.get(nodeKey(uri));
    this.#places.delete(nodeKey(uri));
    place?.die();
  }

  /** A machine vanishes, or a process freezes: nothing is answered, no connection ends. */
  freeze(uri: NodeUri): void {
    this.#places.get(nodeKey(uri))!.frozen = true;
  }

  thaw(uri: NodeUri): void {
    this.#places.get(nodeKey(uri))!.thaw();
  }

  /** @internal */
  join(place: VirtualTransport): void {
    this.#places.set(nodeKey(place.uri), place);
  }

  /** @internal */
  leave(place: VirtualTransport): void {
    if (this.#places.get(nodeKey(place.uri)) === place) this.#places.delete(nodeKey(place.uri));
  }

  /** @internal The place that a URI leads to. A carrier other than the URI's own still means the same port. */
  find(uri: NodeUri): VirtualTransport | undefined {
    const byUdp = nodeKey({ ...uri, transport: 'udp' });
    const first = this.#aliases.get(byUdp);
    if (first !== undefined) return this.find(first);
    return this.#places.get(nodeKey(uri)) ?? this.#places.get(byUdp);
  }

  /** @internal */
  isLost(from: NodeUri, to: NodeUri, reliable: boolean): boolean {
    if (!this.connected(from, to)) return true;
    return !reliable && this.random.fraction() < this.loss(from, to);
  }
}

/** One node's transport on the virtual network. */
export class VirtualTransport implements SipTransport {
  readonly uri: NodeUri;
  readonly sent: Traffic = { messages: 0, bytes: 0 };
  readonly received: Traffic = { messages: 0, bytes: 0 };
  readonly streamTransports: readonly TransportName[] = ['tcp'];
  frozen = false;
  readonly #network: VirtualNetwork;
  readonly #software: string;
  readonly #holds = new Set<{ owner: VirtualTransport; lost: (why: 'refused' | 'closed' | 'timeout') => void }>();
  #receive: (request: SipRequest, reply: ReplyFunction) => void = () => {};
  #running = false;
  /** Outcomes of requests that came due while it was frozen. */
  #late: (() => void)[] = [];

  constructor(network: VirtualNetwork, uri: NodeUri, software: string) {
    this.#network = network;
    this.uri = uri;
    this.#software = software;
  }

  async start(): Promise<void> {
    this.#running = true;
    this.#network.join(this);
  }

  async stop(): Promise<void> {
    this.die();
    this.#network.leave(this);
  }

  /** @internal */
  thaw(): void {
    this.frozen = false;
    for (const settle of this.#late.splice(0)) settle();
  }

  /** @internal */
  die(): void {
    this.#running = false;
    for (const hold of [...this.#holds]) {
      this.#network.clock.after(this.#network.delayMs, () => {
        if (this.#holds.delete(hold) && !hold.owner.frozen) hold.lost('closed');
      });
    }
  }

  onRequest(receive: (request: SipRequest, reply: ReplyFunction) => void): void {
    this.#receive = receive;
  }

  send(request: RequestContent, done: (outcome: SendOutcome) => void): void {
    const { clock } = this.#network;
    let open = true;
    let retransmission: Timer | undefined;
    const finish = (outcome: SendOutcome): void => {
      if (!open || !this.#running) return;
      if (this.frozen) {
        this.#late.push(() => finish(outcome));
        return;
      }
      open = false;
      deadline.cancel();
      retransmission?.cancel();
      done(outcome);
    };
    const timeout = (): void => finish({ ok: false, failure: 'timeout', detail: 'no answer' });
    const deadline = clock.after(request.deadlineMs ?? 32_000, timeout);
    const body = typeof request.body === 'string' ? encoder.encode(request.body) : request.body;
    let handled = false;
    let stored: ReplyContent | undefined;
    const reliable = request.carrier === 'tcp' || (request.carrier === 'larger' && body.length > 900);
    const attempt = (again: number): void => {
      if (!open || this.frozen || !this.#running) return;
      count(this.sent, body.length);
      this.#carry(request.target, reliable, (target) => {
        count(target.received, body.length);
        const answer = (content: ReplyContent): void => {
          stored = content;
          target.#answer(this, request.target, content, reliable, finish);
        };
        if (stored !== undefined) answer(stored);
        else if (!handled) {
          handled = true;
          target.#receive(asRequest(request, this.uri, this.#software, body), once(answer));
        }
      });
      if (!reliable) retransmission = clock.after(again, () => attempt(Math.min(4_000, again * 2)));
    };
    attempt(500);
  }

  relay(): void {
    throw new Error('the virtual network relays nothing');
  }

  hold(target: NodeUri, lost: (why: 'refused' | 'closed' | 'timeout') => void): HeldConnection {
    const network = this.#network;
    const place = network.find(target);
    let timer = network.clock.after(network.delayMs, () => {
      if (this.frozen || !this.#running) return;
      if (!network.connected(this.uri, target) || place?.frozen) {
        timer = network.clock.after(3_000, () => lost('timeout'));
      } else if (place === undefined || network.find(target) !== place || !place.#running) lost('refused');
      else place.#holds.add(hold);
    });
    const hold = { owner: this, lost };
    return {
      close: () => {
        timer.cancel();
        if (place !== undefined) place.#holds.delete(hold);
      },
    };
  }

  #carry(target: NodeUri, reliable: boolean, arrive: (place: VirtualTransport) => void): void {
    const network = this.#network;
    if (network.isLost(this.uri, target, reliable)) return;
    network.clock.after(network.delayMs, () => {
      const place = network.find(target);
      if (place === undefined) return;
      if (place.#running && !place.frozen) arrive(place);
    });
  }

  #answer(
    asker: VirtualTransport,
    askedAs: NodeUri,
    content: ReplyContent,
    reliable: boolean,
    finish: (outcome: SendOutcome) => void,
  ): void {
    if (this.frozen || !this.#running) return;
    const body = typeof content.body === 'string' ? encoder.encode(content.body) : (content.body ?? new Uint8Array());
    count(this.sent, body.length);
    if (this.#network.isLost(askedAs, asker.uri, reliable)) return;
    this.#network.clock.after(this.#network.delayMs, () => {
      count(asker.received, body.length);
      finish({ ok: true, reply: asReply(content, body, this.uri, this.#software) });
    });
  }
}

function count(traffic: Traffic, bodyBytes: number): void {
  traffic.messages += 1;
  traffic.bytes += bodyBytes + headerBytes;
}

function once(answer: (content: ReplyContent) => void): (content: ReplyContent) => void {
  let answered = false;
  return (content) => {
    if (answered) return;
    answered = true;
    answer(content);
  };
}

function asRequest(content: RequestContent, from: NodeUri, software: string, body: Uint8Array): SipRequest {
  return {
    method: content.method ?? 'KDMQ',
    requestUser: content.channel,
    source: { address: from.host, port: from.port, transport: from.transport },
    from,
    userAgent: software,
    maxForwards: content.maxForwards,
    contentType: content.contentType,
    body,
    bytes: encoder.encode(`KDMQ ${formatNodeUri(content.target)} SIP/2.0\r\n\r\n`),
    header: () => undefined,
  };
}

function asReply(content: ReplyContent, body: Uint8Array, from: NodeUri, software: string): SipReply {
  return {
    code: content.code,
    reason: content.reason ?? '',
    server: software,
    contentType: content.contentType,
    body,
    source: { address: from.host, port: from.port, transport: from.transport },
    header: (name) => content.headers?.find(([one]) => one.toLowerCase() === name.toLowerCase())?.[1],
  };
}
