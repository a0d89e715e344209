import type { AddMode, DbMode, Durability } from '../../src/core/mqueue/mqueue-definition.ts';

/** One queue of the process that is killed. */
export interface QueuePlan {
  readonly name: string;
  readonly addMode: AddMode;
  readonly dbMode: DbMode;
  readonly durability: Durability;
  /** 0: a fetch removes the item. */
  readonly leaseMs: number;
}

/** Longer than any life of the process. */
const LONG_LEASE_MS = 600_000;
const SHORT_LEASE_MS = 120;

const saved = { addMode: 'append', dbMode: 'both', durability: 'stop', leaseMs: 0 } as const;
const always = { ...saved, durability: 'always' } as const;

export const QUEUE_PLANS: readonly QueuePlan[] = [
  { ...saved, name: 'saved' },
  { ...saved, name: 'saved-lease', leaseMs: LONG_LEASE_MS },
  { ...saved, name: 'saved-keep-old', addMode: 'keep_old' },
  { ...saved, name: 'saved-replace', addMode: 'replace' },
  { ...saved, name: 'save-only', dbMode: 'save' },
  { ...saved, name: 'load-only', dbMode: 'load' },
  { ...always, name: 'always' },
  { ...always, name: 'always-lease', leaseMs: LONG_LEASE_MS },
  { ...always, name: 'always-short-lease', leaseMs: SHORT_LEASE_MS },
  { ...always, name: 'always-keep-old', addMode: 'keep_old' },
  { ...always, name: 'always-replace', addMode: 'replace' },
];

/** Leases that end by themselves while the process lives. */
export function leasesEnd({ leaseMs }: QueuePlan): boolean {
  return leaseMs > 0 && leaseMs < LONG_LEASE_MS;
}

/** As it stands in the settings. */
export function definitionOf({ name, addMode, dbMode, durability, leaseMs }: QueuePlan): string {
  const lease = leaseMs === 0 ? '' : `;lease_ms=${leaseMs}`;
  return `name=${name};addmode=${addMode};dbmode=${dbMode};durability=${durability}${lease}`;
}
