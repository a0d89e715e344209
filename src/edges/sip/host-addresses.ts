import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import type { Clock } from '../../ports/clock.ts';

const LIFETIME_MS = 30_000;
const NAMES_LIMIT = 1_000;

interface Known {
  readonly address: string;
  readonly until: number;
}

/**
 * The address of a target's host. Nodes announce addresses, and those are given back as they are; a Kamailio may announce
 * a name, which is then asked for by the system's resolver and remembered for 30 s.
 */
export class HostAddresses {
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();
  readonly #waiting = new Map<string, ((address: string | undefined) => void)[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `found` is called at once for an address or a name that is known, else later; undefined when there is none. */
  find(host: string, found: (address: string | undefined) => void): void {
    if (isIP(host) !== 0) {
      found(host);
      return;
    }
    const known = this.#known.get(host);
    if (known !== undefined && known.until > this.#clock.now()) {
      found(known.address);
      return;
    }
    const waiting = this.#waiting.get(host);
    if (waiting !== undefined) {
      waiting.push(found);
      return;
    }
    if (this.#waiting.size >= NAMES_LIMIT) {
      found(undefined);
      return;
    }
    this.#waiting.set(host, [found]);
    lookup(host, (error, address) => this.#answered(host, error === null ? address : undefined));
  }

  #answered(host: string, address: string | undefined): void {
    if (address !== undefined) {
      if (this.#known.size >= NAMES_LIMIT) this.#known.clear();
      this.#known.set(host, { address, until: this.#clock.now() + LIFETIME_MS });
    }
    const waiting = this.#waiting.get(host) ?? [];
    this.#waiting.delete(host);
    for (const found of waiting) found(address);
  }
}
