import type { StoreError, StoreErrorCode } from '../core/mqueue/store-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Log } from '../ports/telemetry.ts';
import { Backoff, pause } from './backoff.ts';
import type { ServedPartition } from './keep-partition.ts';
import { asStoreError } from './load-partition.ts';
import { OutageLog } from './outage-log.ts';
import type { PartitionKeeper } from './partition-keeper.ts';

/** With these a store answers; it says that it has lost what it had, or that somebody else has the partition. */
const answerCodes: readonly StoreErrorCode[] = ['STORE_GAP', 'STORE_CORRUPT', 'STORE_FENCED'];
const firstPauseMs = 100;
const longestPauseMs = 1_000;

export interface SignsOfLifeParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Milliseconds without an answer after which a store counts as away: as long as an add waits for it. */
  readonly timeoutMs: number;
  /** Aborted when the queue stops. */
  readonly signal: AbortSignal;
}

/**
 * Tells a store that the owner of a queue's partitions lives. What it answers shows whether it still is the owner, and whether the store
 * has what it had. No answer shows that it is away, also while nobody asks it for anything.
 */
export class SignsOfLife {
  readonly #parts: SignsOfLifeParts;
  readonly #loss: OutageLog;
  readonly #underWay = new Set<PartitionKeeper>();
  #silentSince = 0;
  #silence: StoreError | undefined;

  constructor(parts: SignsOfLifeParts) {
    this.#parts = parts;
    this.#loss = new OutageLog(parts.log, parts.clock);
  }

  /** Why the store counts as away: it has not answered for `timeoutMs`. Undefined when it does not. */
  get silence(): StoreError | undefined {
    const { clock, timeoutMs } = this.#parts;
    return clock.now() - this.#silentSince >= timeoutMs ? this.#silence : undefined;
  }

  /** Gives one, unless one for this partition is under way. With a journal it is repeated until the store answers. Never rejects. */
  async give(keeper: PartitionKeeper, partition: ServedPartition | undefined): Promise<void> {
    if (this.#underWay.has(keeper) || keeper.fenced !== undefined) return;
    this.#underWay.add(keeper);
    try {
      if (partition?.journal === undefined) await keeper.keepAlive();
      else await this.#untilAnswered(keeper);
    } catch (cause) {
      const error = asStoreError(cause);
      if (error.code !== 'STORE_GAP' && error.code !== 'STORE_CORRUPT') return;
      const compactor = partition?.compactor;
      if (compactor !== undefined) await keeper.alone(() => compactor.lost(error));
      else this.#sayLost(keeper, error);
    } finally {
      this.#underWay.delete(keeper);
    }
  }

  async #untilAnswered(keeper: PartitionKeeper): Promise<void> {
    const { clock, random, signal } = this.#parts;
    const backoff = new Backoff(random, firstPauseMs, longestPauseMs);
    while (!signal.aborted) {
      try {
        await keeper.keepAlive();
        this.#silence = undefined;
        return;
      } catch (cause) {
        const error = asStoreError(cause);
        if (answerCodes.includes(error.code)) {
          this.#silence = undefined;
          throw error;
        }
        if (this.#silence === undefined) this.#silentSince = clock.now();
        this.#silence = error;
        await pause(clock, backoff.next(), signal);
      }
    }
  }

  #sayLost({ claim, parts }: PartitionKeeper, { message }: StoreError): void {
    this.#loss.failed('error', 'mqueue: the store has lost a queue, it is written anew at the stop', {
      ...claim.address,
      store: parts.store.name,
      error: message,
    });
  }
}
