import { expect } from 'vitest';
import type { StoreError, StoreErrorCode } from '../../../src/core/mqueue/store-error.ts';
import type { PartitionAddress, PartitionClaim, PartitionView, QueueStore } from '../../../src/ports/queue-store.ts';
import { address } from '../store-content.ts';

/** An empty store of its own for one test. */
export interface StoreUnderTest {
  /** Opened. */
  readonly store: QueueStore;
  /** A second way to the same data, opened, as another process has it. */
  connect(): Promise<QueueStore>;
  /** What lies in the store, belongs to no partition's content and does not go by itself: names of files or keys. */
  temporaries(): Promise<string[]>;
  /** Closes all stores that were given out and removes the data. */
  destroy(): Promise<void>;
}

/** What a test of the contract has at hand: two ways to one store, and a partition that the first one has claimed. */
export class ContractWorld {
  under!: StoreUnderTest;
  store!: QueueStore;
  other!: QueueStore;
  claim!: PartitionClaim;

  async begin(under: StoreUnderTest): Promise<void> {
    this.under = under;
    this.store = under.store;
    this.other = await under.connect();
    this.claim = await this.store.claim(address(), 'one');
  }

  async refused(code: StoreErrorCode, call: Promise<unknown>): Promise<void> {
    const error = await call.then(
      () => undefined,
      (reason: unknown) => reason as StoreError,
    );
    expect(error, `${code} was expected`).toMatchObject({ name: 'StoreError', code });
  }

  /** What the other one lists, in the order of the names. */
  async views(cluster = this.claim.address.cluster): Promise<PartitionView[]> {
    return (await this.other.list(cluster)).sort((one, two) => (key(one.address) < key(two.address) ? -1 : 1));
  }
}

export function key({ cluster, queue, partition }: PartitionAddress): string {
  return `${cluster} ${queue} ${partition}`;
}

/** A comparison of vitest costs seconds for a megabyte. */
export function same(records: readonly Uint8Array[], wanted: readonly Uint8Array[]): boolean {
  expect(records.map(({ length }) => length)).toEqual(wanted.map(({ length }) => length));
  return records.every((record, index) => Buffer.compare(record, wanted[index]!) === 0);
}
