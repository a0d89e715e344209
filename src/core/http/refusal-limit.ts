const windowMs = 60_000;
/** A client that is forgotten begins anew; more than these are not remembered. */
const mostClients = 10_000;

interface Window {
  readonly since: number;
  count: number;
}

/** Counts the refusals of each client in windows of a minute. */
export class RefusalLimit {
  readonly #most: number;
  readonly #clients = new Map<string, Window>();

  /** @param most refusals, one or more, that a client gets in a minute before it is asked to wait. */
  constructor(most: number) {
    this.#most = most;
  }

  /** One more refusal at `now`. Gives the milliseconds that the client has to wait; 0 while it has not had too many. */
  refuse(address: string, now: number): number {
    const client = clientOf(address);
    const known = this.#clients.get(client);
    if (known !== undefined && now - known.since < windowMs) {
      known.count += 1;
      return known.count > this.#most ? known.since + windowMs - now : 0;
    }
    this.#clients.delete(client);
    this.#clients.set(client, { since: now, count: 1 });
    if (this.#clients.size > mostClients) this.#forgetOldest();
    return 0;
  }

  /** Whether the client of an address has been refused so often that it would be asked to wait. */
  isExceeded(address: string, now: number): boolean {
    const known = this.#clients.get(clientOf(address));
    return known !== undefined && now - known.since < windowMs && known.count >= this.#most;
  }

  /** Maps keep the order in which a window began. */
  #forgetOldest(): void {
    const [oldest] = this.#clients.keys();
    if (oldest !== undefined) this.#clients.delete(oldest);
  }
}

/** What counts as one client. Whoever has an IPv6 address mostly has its /64. */
export function clientOf(address: string): string {
  const mapped = /^::ffff:([0-9.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = ''] = address.split('::');
  return address.includes('::') && head.split(':').length < 4 ? `${head}::` : address.split(':').slice(0, 4).join(':');
}
