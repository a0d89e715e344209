/** What happens to a key that is in the queue already; Kamailio's `addmode` numbers. */
export const ADD_MODES = { append: 0, keep_old: 1, replace: 2 } as const;
export type AddMode = keyof typeof ADD_MODES;

/**
 * Kamailio's `dbmode`, numbered as our users' specification numbers it: 0 `none`, 1 `both` (read at start, written at stop),
 * 2 `save` (written at stop only), 3 `load` (read at start only). Kamailio's code does 2 and 3 the other way round.
 */
export const DB_MODES = { none: 0, both: 1, save: 2, load: 3 } as const;
export type DbMode = keyof typeof DB_MODES;

/**
 * When an item is in the store: `none` never (goes with dbmode 0 only), `stop` at a clean stop as the dbmode says, `always` before its
 * add is answered (goes with dbmode 1 only).
 */
export type Durability = 'none' | 'stop' | 'always';

/** One queue as it is configured, every default filled in. */
export interface MqueueDefinition {
  readonly name: string;
  /** Items at most; 0 is no limit. */
  readonly size: number;
  /** Bytes of keys, values and their record headers at most. */
  readonly maxBytes: number;
  readonly dbMode: DbMode;
  readonly addMode: AddMode;
  readonly durability: Durability;
  /** Milliseconds until an item that was fetched and not acknowledged is given out again; 0: a fetch removes the item. */
  readonly leaseMs: number;
  /** Milliseconds from the add until an item is thrown away; 0 is never. */
  readonly ttlMs: number;
  /** Milliseconds from the add until an item can be fetched, where the add names no other delay. */
  readonly delayMs: number;
  /** Deliveries without an acknowledgement after which an item leaves the queue; 0 is no limit. Needs a lease. */
  readonly maxDeliveries: number;
  /** The queue that takes what had `maxDeliveries`; undefined: such an item is dropped and counted. */
  readonly deadLetter: string | undefined;
}
