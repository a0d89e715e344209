import { isIpAddress } from '../core/ip-address.ts';
import { formatNodeUri, type NodeUri, nodeKey } from '../core/node-uri.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { NotificationAddress, Resolver } from '../ports/resolver.ts';
import type { Counters, Log } from '../ports/telemetry.ts';

/** The settings that say where to look. */
export interface DiscoverySettings {
  readonly notification_address: readonly NotificationAddress[];
  readonly multi_notify: boolean;
}

export interface DiscoveryOptions {
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly counters: Counters;
  readonly settings: () => DiscoverySettings;
  /** Other nodes that are active: as long as there are none it asks more often. */
  readonly fellows: () => number;
  readonly found: (uris: readonly NodeUri[]) => void;
}

/** How the last look-ups of the notification addresses ended. */
export interface LookupView {
  /** `off`: there is no name to look up. `asking`: nothing has ended yet. `failing`: a name was not resolved. */
  readonly state: 'off' | 'asking' | 'answered' | 'failing';
  /** The names that were not resolved, and why. */
  readonly detail: string;
}

const aloneMs = 1_000;
const settledMs = 5_000;
/** A larger bus asks more seldom, so that the name servers' load does not grow with its square. */
const nodesPerRest = 100;
const deadlineMs = 4_000;
/** How long an address stays that only complete answers named, while they are incomplete. */
const incompleteMs = 600_000;

/**
 * Asks DNS for the notification addresses, for ever: pods come and go. The last good answer of each address stays through
 * failures, and adds to answers that are not complete; what DNS no longer names is not looked for, and nothing more: it proves nothing.
 */
export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #lastGood = new Map<string, readonly NodeUri[]>();
  /** When an answer last named an address, by notification address. */
  readonly #seenAt = new Map<string, ReadonlyMap<string, number>>();
  readonly #complaints = new Map<string, string>();
  readonly #stop = new AbortController();
  #timer: Timer | undefined;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#round();
  }

  view(): LookupView {
    const names = this.#options.settings().notification_address.filter(({ host }) => !isIpAddress(host));
    const failing = names.filter((address) => (this.#complaints.get(nameOf(address)) ?? '') !== '');
    const detail = failing.map((address) => `${address.host}: ${this.#complaints.get(nameOf(address))}`).join('; ');
    if (names.length === 0) return { state: 'off', detail };
    if (failing.length > 0) return { state: 'failing', detail };
    return { state: names.every((address) => this.#complaints.has(nameOf(address))) ? 'answered' : 'asking', detail };
  }

  stop(): void {
    this.#stop.abort();
    this.#timer?.cancel();
    this.#options.resolver.close();
  }

  async #round(): Promise<void> {
    const { clock, random, fellows, found, settings } = this.#options;
    const addresses = settings().notification_address;
    const answers = await Promise.all(addresses.map((address) => this.#ask(address)));
    if (this.#stop.signal.aborted) return;
    found(union(...answers));
    const rest = fellows() === 0 ? aloneMs : settledMs * Math.max(1, fellows() / nodesPerRest);
    this.#timer = clock.after(rest * (0.75 + random.fraction() / 2), () => void this.#round());
  }

  async #ask(address: NotificationAddress): Promise<readonly NodeUri[]> {
    const { resolver, clock, counters, settings } = this.#options;
    const name = nameOf(address);
    const deadline = new AbortController();
    const timer = clock.after(deadlineMs, () => deadline.abort());
    const signal = AbortSignal.any([this.#stop.signal, deadline.signal]);
    const { nodes, errors } = await resolver.resolve(address, settings().multi_notify, signal);
    timer.cancel();
    counters.add('dns_lookups');
    if (errors.length > 0) counters.add('dns_failures');
    this.#complain(name, address.host, errors, nodes.length);
    const good = errors.length === 0 ? nodes : union(this.#stillGood(name), nodes);
    this.#lastGood.set(name, good);
    // An answer that names nobody says nothing: all that was good stays so.
    this.#noteSeen(name, nodes.length > 0 ? nodes : good);
    return good;
  }

  /** What an incomplete answer does not name, but one of the last ten minutes did. */
  #stillGood(name: string): readonly NodeUri[] {
    const seen = this.#seenAt.get(name);
    const since = this.#options.clock.now() - incompleteMs;
    return (this.#lastGood.get(name) ?? []).filter((uri) => (seen?.get(nodeKey(uri)) ?? since) >= since);
  }

  #noteSeen(name: string, nodes: readonly NodeUri[]): void {
    const kept = new Set((this.#lastGood.get(name) ?? []).map(nodeKey));
    const before = [...(this.#seenAt.get(name) ?? [])].filter(([key]) => kept.has(key));
    const now = this.#options.clock.now();
    this.#seenAt.set(name, new Map([...before, ...nodes.map((uri) => [nodeKey(uri), now] as const)]));
  }

  /** Says a failure once, and once that it is over. */
  #complain(name: string, host: string, errors: readonly string[], found: number): void {
    if (this.#stop.signal.aborted) return;
    const complaint = found === 0 ? errors.join('; ') : '';
    const before = this.#complaints.get(name) ?? '';
    this.#complaints.set(name, complaint);
    if (complaint === before) return;
    const held = this.#lastGood.get(name)?.map(formatNodeUri);
    if (complaint !== '')
      this.#options.log.warn('notification_address not resolved', { host, errors: complaint, held });
    else this.#options.log.info('notification_address resolved again', { host, found });
  }
}

function nameOf({ transport, host, port }: NotificationAddress): string {
  return `${transport}:${host}:${port ?? ''}`;
}

function union(...lists: (readonly NodeUri[])[]): NodeUri[] {
  return [...new Map(lists.flat().map((uri) => [nodeKey(uri), uri])).values()];
}
