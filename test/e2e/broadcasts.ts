import type { Exchange } from './runner/exchange.ts';
import type { Loaded } from './runner/steady-load.ts';

/** What sends a broadcast from the node behind an address. */
export function broadcast(http: string, channel: string): Exchange {
  return {
    url: `${http}/api/v1/channels/${channel}/broadcast?deadline_ms=4000`,
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: 'broadcast {n}',
  };
}

/** One broadcast to one node. */
export interface SentTo {
  /** When the broadcast was asked for, in milliseconds since the epoch. */
  readonly at: number;
  readonly node: string;
  /** Of the final reply; 408 when there was none. */
  readonly code: number;
  /** Of the reply; in words why there was none. */
  readonly reason: string;
  /** Why there was none. */
  readonly error?: string;
  /** Seconds after which the node may be asked again. */
  readonly retryAfter?: number;
}

/** To whom the broadcasts of a load went, and what was answered. */
export function sentTo(loads: readonly Loaded[]): SentTo[] {
  return loads
    .filter(({ status }) => status === 200)
    .flatMap(({ at, body }) => {
      const { deliveries } = JSON.parse(body) as { readonly deliveries: readonly Omit<SentTo, 'at'>[] };
      return deliveries.map(({ node, code, reason, error, retryAfter }) => ({
        at,
        node,
        code,
        reason,
        ...(error !== undefined && { error }),
        ...(retryAfter !== undefined && { retryAfter }),
      }));
    });
}
