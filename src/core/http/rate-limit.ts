import { clientOf } from './refusal-limit.ts';

/** A client that is forgotten has its full share again; more than these are not remembered. */
const mostClients = 10_000;

interface Share {
  /** Requests that it may make at once. */
  left: number;
  at: number;
}

/**
 * What each client may ask of this node: so many requests a second, and after a pause so many at once. What costs more than a usual
 * request counts as several.
 */
export class RateLimit {
  readonly #perSecond: number;
  readonly #clients = new Map<string, Share>();

  /** @param perSecond requests; 0 is no limit. */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /**
   * One more request at `now`, in milliseconds, that counts as `cost` of them. Gives the milliseconds until it may be made; 0: now. What has to wait costs nothing.
   */
  take(address: string, now: number, cost: number): number {
    return this.#take(address, now, 0, this.#price(cost));
  }

  /**
   * A request of which `paid` was taken turns out to count as `cost`. Gives the milliseconds until it may be made; 0: now. What was paid has been paid
   * for looking at it.
   */
  takeMore(address: string, now: number, paid: number, cost: number): number {
    return this.#take(address, now, this.#price(paid), this.#price(cost));
  }

  #take(address: string, now: number, paid: number, price: number): number {
    const most = this.#perSecond;
    if (most === 0 || price <= paid) return 0;
    const client = clientOf(address);
    const share = this.#clients.get(client) ?? this.#remember(client, now);
    share.left = Math.min(most, share.left + ((now - share.at) * most) / 1_000);
    share.at = now;
    // Who comes again pays all of it.
    if (share.left < price - paid) return Math.ceil(((price - share.left) * 1_000) / most);
    share.left -= price - paid;
    return 0;
  }

  /** Where little is allowed, something has to be left for what is asked before and after. */
  #price(cost: number): number {
    return Math.min(cost, Math.max(1, this.#perSecond / 2));
  }

  #remember(client: string, now: number): Share {
    const share = { left: this.#perSecond, at: now };
    this.#clients.set(client, share);
    // Maps keep the order in which clients came.
    const [oldest] = this.#clients.keys();
    if (this.#clients.size > mostClients && oldest !== undefined) this.#clients.delete(oldest);
    return share;
  }
}
