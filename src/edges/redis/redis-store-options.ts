import type { DbUrl } from '../../core/mqueue/db-url.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/telemetry.ts';

/** Paths of PEM files; they are read anew at each connection, so that a renewed certificate is used. */
export interface RedisTlsFiles {
  /** Authorities that may have signed Redis' certificate; without it those that Node.js comes with. */
  readonly caList?: string | undefined;
  /** Certificate and key of this client, where Redis wants one. */
  readonly certificate?: string | undefined;
  readonly privateKey?: string | undefined;
  /** The name that Redis' certificate has to carry, where it is not the host of the URL. */
  readonly serverName?: string | undefined;
}

export interface RedisStoreOptions {
  readonly url: Exclude<DbUrl, { kind: 'file' }>;
  /** In the place of those in the URL. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Where the URL says TLS. */
  readonly tls?: RedisTlsFiles | undefined;
  readonly connectTimeoutMs: number;
  /** How long Redis may take for one command. A call of the store is a few of them. */
  readonly commandTimeoutMs: number;
  /** Replicas that must have a commit before it counts. */
  readonly replicas: number;
  readonly clock: Clock;
  readonly log: Log;
}
