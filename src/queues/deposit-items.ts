import { StoreError } from '../core/mqueue/store-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { PartitionAddress, QueueStore } from '../ports/queue-store.ts';
import type { Random } from '../ports/random.ts';
import { Backoff, pause } from './backoff.ts';
import { chunksOf } from './record-chunks.ts';

/** A call whose reply did not come is made so often; each may take as long as the store lets a call take. */
const MOST_TRIES = 5;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;

export interface DepositParts {
  readonly store: QueueStore;
  readonly clock: Clock;
  readonly random: Random;
}

export interface DepositRequest {
  /** A partition that nobody has: it is made. */
  readonly address: PartitionAddress;
  readonly owner: string;
  /** The partition whose node shall serve the items. */
  readonly adopter: string;
  /** Records, in their order. When it throws nothing is deposited. */
  readonly batches: AsyncIterable<readonly Uint8Array[]>;
  /** Ends waiting for a store that is away. */
  readonly signal: AbortSignal;
}

export interface Deposit {
  /** 0: there was nothing, and there is no partition. */
  readonly items: number;
  /** Why the items, which are in the store, have no adopter yet. */
  readonly notAssigned: StoreError | undefined;
}

/**
 * Puts items into a partition of their own, all or none, and names who shall serve it. The node of that partition takes it on by itself.
 * Rejects with what `batches` throws, or with a StoreError; nothing is deposited then, unless the reply to the commit was lost for good.
 */
export async function depositItems(parts: DepositParts, request: DepositRequest): Promise<Deposit> {
  const { store } = parts;
  const { address, owner, adopter } = request;
  let claim = await patiently(parts, request, () => store.claim(address, owner));
  const saveId = `${claim.epoch}-${parts.random.token(12)}`;
  let items = 0;
  try {
    for await (const records of request.batches) {
      for (const chunk of chunksOf(records)) {
        await patiently(parts, request, () => store.stage(claim, saveId, items, chunk));
        items += chunk.length;
      }
    }
    if (items > 0) {
      const commit = { saveId, count: items, mode: 'replace', journalEnd: claim.journalStart } as const;
      claim = await patiently(parts, request, () => store.commit(claim, commit));
    }
  } catch (error) {
    await store.release(claim).catch(() => {});
    throw error;
  }
  // Without it the partition counts as owned for some time, no more.
  await patiently(parts, request, () => store.release(claim)).catch(() => {});
  if (items === 0) return { items, notAssigned: undefined };
  try {
    await patiently(parts, request, () => store.assign(address, adopter));
    return { items, notAssigned: undefined };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { items, notAssigned: error };
  }
}

/** Every call of a store may be made again: what has been done is not done twice. */
async function patiently<T>(
  { clock, random }: DepositParts,
  { signal }: DepositRequest,
  call: () => Promise<T>,
): Promise<T> {
  const backoff = new Backoff(random, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
  for (let tries = 1; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'STORE_UNAVAILABLE') throw error;
      if (tries === MOST_TRIES || signal.aborted) throw error;
      await pause(clock, backoff.next(), signal);
    }
  }
}
