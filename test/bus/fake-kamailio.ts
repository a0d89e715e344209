import { formatNodeUri, type NodeUri, nodeKey, parseNodeUri } from '../../src/core/node-uri.ts';
import { decodeText } from '../../src/core/text.ts';
import type { Clock, Timer } from '../../src/ports/clock.ts';
import type { ReplyFunction, SipRequest } from '../../src/ports/sip-transport.ts';
import type { VirtualNetwork, VirtualTransport } from '../fakes/virtual-network.ts';

/** A node as Kamailio's list holds it. */
interface Listed {
  readonly uri: NodeUri;
  status: 'active' | 'disabled';
}

const channel = 'notification_peer';
const listBytes = 1_024;
const line = /^sip:[^;\s]+(?:;transport=(?:tcp|tls))?;status=(active|disabled|timeout|pending)$/;

/**
 * Behaves on the virtual network as Kamailio 5.6.3's dmq module was seen to behave: adds whoever is named, obeys a `disabled` line
 * about anybody, answers with its list and not at all when that exceeds 1,024 bytes, hangs on what it can't read, pings each
 * 60 s, disables at the first time-out and removes at the next.
 */
export class FakeKamailio {
  readonly uri: NodeUri;
  /** Requests of other channels that it got. */
  readonly messages: SipRequest[] = [];
  /** Every notification body that it got, with the address that sent it. */
  readonly notifications: { readonly from: string; readonly body: string }[] = [];
  /** Channels that its script or modules answer. */
  readonly channels = new Set(['htable']);
  /** What made it hang for ever; undefined as long as it did not. */
  hungBy: string | undefined;
  readonly #nodes = new Map<string, Listed>();
  readonly #transport: VirtualTransport;
  readonly #network: VirtualNetwork;
  readonly #clock: Clock;
  readonly #pingMs: number;
  #ping: Timer | undefined;

  constructor(network: VirtualNetwork, host: string, { pingMs = 60_000, port = 5060 } = {}) {
    this.uri = { host, port, transport: 'udp' };
    this.#network = network;
    this.#clock = network.clock;
    this.#pingMs = pingMs;
    this.#transport = network.place(this.uri, 'kamailio (5.6.3 (x86_64/linux))');
  }

  async start(notificationAddress?: NodeUri): Promise<this> {
    this.#transport.onRequest((request, reply) => this.#receive(request, reply));
    await this.#transport.start();
    if (notificationAddress !== undefined) this.#notify(notificationAddress, 2);
    this.#ping = this.#clock.after(this.#pingMs, () => this.#pingAll());
    return this;
  }

  /** As a real one ends, whether by SIGTERM or SIGKILL: without a word. */
  kill(): void {
    this.#ping?.cancel();
    this.#network.kill(this.uri);
  }

  /** Says that it stops, as the module's documentation has it, and goes on answering until it is killed. */
  sayGoodbye(): void {
    for (const node of this.#nodes.values())
      this.#notify(node.uri, 1, `${formatNodeUri(this.uri)};status=disabled\r\n`);
  }

  /** `host status` of each node in its list, itself not counted. */
  list(): string[] {
    return [...this.#nodes.values()].map((node) => `${node.uri.host} ${node.status}`).sort();
  }

  activeHosts(): string[] {
    return [...this.#nodes.values()].filter((node) => node.status === 'active').map((node) => node.uri.host);
  }

  /** Bytes of the list as it would write it now. */
  bytes(): number {
    return this.#body().length;
  }

  /** Names an address to everybody, as if it knew it. */
  rumour(uri: NodeUri): void {
    for (const node of this.#nodes.values())
      this.#notify(node.uri, 1, `${this.#body()}${formatNodeUri(uri)};status=active\r\n`);
  }

  /** Sends to all active nodes, as dmq_bcast_message does. */
  broadcast(name: string, body: string): void {
    for (const node of this.#nodes.values()) {
      if (node.status !== 'active') continue;
      const message = { channel: name, target: node.uri, body, contentType: 'text/plain', maxForwards: 1 };
      this.#transport.send(message, () => {});
    }
  }

  #receive(request: SipRequest, reply: ReplyFunction): void {
    if (request.requestUser !== channel) {
      this.messages.push(request);
      reply({ code: this.channels.has(request.requestUser) ? 200 : 404 });
      return;
    }
    const body = decodeText(request.body);
    this.notifications.push({ from: request.source.address, body });
    if (this.hungBy !== undefined) return;
    if (body !== '' && !isReadable(body)) {
      this.hungBy = body;
      return;
    }
    const changed = this.#take(body);
    const list = this.#body();
    if (list.length > listBytes) return;
    reply({ code: 200, contentType: 'text/plain', body: list });
    const hops = (request.maxForwards ?? 1) - 1;
    if (!changed || hops <= 0) return;
    for (const node of this.#nodes.values()) if (node.status === 'active') this.#notify(node.uri, hops);
  }

  /** Whether the list changed. A disabled node is not made active by a list, only by its own answer. */
  #take(body: string): boolean {
    let changed = false;
    for (const text of body.split('\r\n')) {
      const uri = parseNodeUri(text);
      if (uri === undefined || nodeKey(uri) === nodeKey(this.uri)) continue;
      const status = text.endsWith('=active') ? 'active' : 'disabled';
      const held = this.#nodes.get(nodeKey(uri));
      if (held === undefined) this.#nodes.set(nodeKey(uri), { uri, status });
      else if (held.status === 'active' && status === 'disabled') held.status = status;
      else continue;
      changed = true;
    }
    return changed;
  }

  #body(): string {
    const lines = [...this.#nodes.values()]
      .filter((node) => node.status === 'active')
      .map((node) => `${formatNodeUri(node.uri)};status=active\r\n`)
      .reverse();
    return [...lines, `${formatNodeUri(this.uri)};status=active\r\n`].join('');
  }

  #pingAll(): void {
    for (const node of this.#nodes.values()) this.#notify(node.uri, 1);
    this.#ping = this.#clock.after(this.#pingMs, () => this.#pingAll());
  }

  #notify(target: NodeUri, maxForwards: number, body = this.#body()): void {
    const key = nodeKey(target);
    this.#transport.send(
      { channel, target, body, contentType: 'text/plain', maxForwards, deadlineMs: 30_000 },
      (outcome) => {
        const held = this.#nodes.get(key);
        if (!outcome.ok) {
          if (held?.status === 'active') held.status = 'disabled';
          else this.#nodes.delete(key);
        } else if (outcome.reply.code === 200) {
          const list = decodeText(outcome.reply.body);
          const saysDisabled = list.includes(`${formatNodeUri(target)};status=disabled`);
          if (held === undefined) this.#nodes.set(key, { uri: target, status: 'active' });
          else held.status = saysDisabled ? 'disabled' : 'active';
          this.#take(list);
        }
      },
    );
  }
}

/** 5.6.3 hangs on a bare CRLF, a last line without CRLF, and a status that it does not know. */
function isReadable(body: string): boolean {
  return (
    body.endsWith('\r\n') &&
    body
      .slice(0, -2)
      .split('\r\n')
      .every((text) => line.test(text))
  );
}
