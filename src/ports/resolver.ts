import type { NodeUri, TransportName } from '../core/node-uri.ts';

/** One notification address as configured: a name or IP literal, with or without a port. */
export interface NotificationAddress {
  readonly host: string;
  /** Undefined when the URI names none: then SRV ports are taken as they are, and A/AAAA get the default port. */
  readonly port: number | undefined;
  readonly transport: TransportName;
}

export interface Resolution {
  /** The addresses found, IP literals only, without doubles, at most 1,000. */
  readonly nodes: readonly NodeUri[];
  /** What went wrong, one short line a failed query; a partly good answer has both. */
  readonly errors: readonly string[];
}

/** Turns notification addresses into node addresses, as Kamailio's multi_notify does. Never throws. */
export interface Resolver {
  resolve(address: NotificationAddress, multiNotify: boolean, signal: AbortSignal): Promise<Resolution>;
  close(): void;
}
