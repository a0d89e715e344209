import type { StoreError } from '../core/mqueue/store-error.ts';
import type { Log } from '../ports/telemetry.ts';
import { Compactor } from './compactor.ts';
import { CursorWriter } from './cursor-writer.ts';
import { JournalWriter } from './journal-writer.ts';
import type { KeptPartition } from './kept-partition.ts';
import { OutageLog } from './outage-log.ts';
import type { PartitionKeeper } from './partition-keeper.ts';
import type { ServedQueue } from './served-queue.ts';

export interface KeepOptions {
  readonly queue: ServedQueue;
  readonly keeper: PartitionKeeper;
  readonly log: Log;
  /** Milliseconds until whoever waits for the journal is told that it is late. */
  readonly timeoutMs: number;
  /** Records of a journal from which on it is worth to be shortened. */
  readonly compactAbove: number;
  /** Aborted when the queue stops. */
  readonly signal: AbortSignal;
  readonly fenced: (error: StoreError) => void;
  /** The last item that was read from the partition has left the queue. */
  readonly emptied: (partition: ServedPartition) => void;
}

export interface ServedPartition extends KeptPartition {
  /** With a journal only. */
  readonly compactor: Compactor | undefined;
}

/** Makes a claimed partition one that a queue serves: with a cursor, or with a journal, as the queue's durability wants it. */
export function keepPartition(options: KeepOptions): ServedPartition {
  const { queue, keeper, emptied } = options;
  keeper.onFenced = options.fenced;
  const common = { keeper, unstored: new Set<Uint8Array>(), held: 0 };
  if (queue.definition.durability !== 'always') {
    const partition: ServedPartition = {
      ...common,
      cursor: new CursorWriter(keeper),
      journal: undefined,
      compactor: undefined,
      emptied: () => emptied(partition),
    };
    return partition;
  }
  return withJournal(options, common);
}

function withJournal(
  { queue, keeper, log, timeoutMs, compactAbove, signal, fenced, emptied }: KeepOptions,
  common: Pick<KeptPartition, 'keeper' | 'unstored' | 'held'>,
): ServedPartition {
  const outage = new OutageLog(log, keeper.parts.clock);
  const fields = { ...keeper.claim.address, store: keeper.parts.store.name };
  const journal: JournalWriter = new JournalWriter({
    keeper,
    timeoutMs,
    progress: () => {
      queue.look();
      compactor.checkLength();
    },
    lost: (error) => compactor.lost(error),
    failed: (error) =>
      outage.failed('warn', 'mqueue: the store does not take the journal', { ...fields, error: error.message }),
    recovered: () => outage.over('mqueue: the store takes the journal again', fields),
  });
  const partition: KeptPartition = { ...common, cursor: undefined, journal, emptied: () => emptied(served) };
  const compactor: Compactor = new Compactor(
    { shelf: queue.shelf, log, compactAbove, signal, fenced },
    partition,
    journal,
  );
  const served: ServedPartition = Object.assign(partition, { compactor });
  return served;
}
