import type { Clock, Timer } from '../ports/clock.ts';
import type { PartitionView, QueueStore } from '../ports/queue-store.ts';
import type { Random } from '../ports/random.ts';
import type { Counters, Log } from '../ports/telemetry.ts';
import { asStoreError } from './load-partition.ts';
import { OutageLog } from './outage-log.ts';
import { byPartition } from './partition-order.ts';
import type { QueueStorage } from './queue-storage.ts';

const lookMs = 10_000;
const warnMs = 60_000;

/** A partition with items that nobody serves. */
export interface Orphan {
  readonly queue: string;
  readonly partition: string;
  /** In the committed generation. */
  readonly items: number;
  /** Records of the journal, of queues with durability `always`. */
  readonly journal: number;
  /** Milliseconds since its owner's last sign of life. */
  readonly quietMs: number;
}

export interface OrphanWatchParts {
  readonly store: QueueStore;
  readonly cluster: string;
  /** The partition of this node. */
  readonly partition: string;
  readonly storages: readonly QueueStorage[];
  /** Whether orphans are adopted without being assigned. */
  readonly adopts: boolean;
  readonly orphanAfterMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly counters: Counters;
}

/**
 * Each ten seconds says that this node lives, and looks for partitions of its queues that nobody serves: those that are assigned to this
 * node, and with `adopts` those whose owner is quiet, are adopted. Orphans that stay are kept in sight.
 */
export class OrphanWatch {
  readonly #parts: OrphanWatchParts;
  readonly #outage: OutageLog;
  #orphans: Orphan[] = [];
  #warnedAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(parts: OrphanWatchParts) {
    this.#parts = parts;
    this.#outage = new OutageLog(parts.log, parts.clock);
  }

  start(): void {
    if (this.#stopped) return;
    const { clock, random, storages } = this.#parts;
    this.#timer = clock.after(lookMs * (0.75 + random.fraction() / 2), () => {
      for (const storage of storages) storage.keepAlive();
      void this.#look().finally(() => this.start());
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** As of the last look. */
  orphans(): readonly Orphan[] {
    return this.#orphans;
  }

  async #look(): Promise<void> {
    const { store, cluster, adopts, random } = this.#parts;
    try {
      const views = (await store.list(cluster)).filter((view) => this.#isForeign(view));
      const assigned = views.filter((view) => this.#isAssigned(view));
      assigned.sort((one, two) => byPartition(one.address, two.address));
      for (const view of assigned) await this.#adopt(view);
      const orphans = views.filter((view) => this.#isOrphan(view));
      // One of them by chance: other nodes look too, and shall not all take the same one.
      const chosen = orphans[Math.floor(random.fraction() * orphans.length)];
      if (adopts && chosen !== undefined) await this.#adopt(chosen);
      this.#orphans = orphans.filter((view) => this.#isForeign(view)).map(asOrphan);
      this.#warn();
      this.#outage.over('mqueue: partitions can be listed again', { store: store.name });
    } catch (error) {
      const { code, message } = asStoreError(error);
      this.#parts.counters.add('mqueue_store_errors', code);
      this.#outage.failed('warn', 'mqueue: partitions can not be listed', { store: store.name, error: message });
    }
  }

  /** Of a queue that is read here, and not served by this node already. */
  #isForeign({ address }: PartitionView): boolean {
    const storage = this.#storageOf(address.queue);
    return storage?.isRead === true && !storage.serves(address.partition);
  }

  #isAssigned(view: PartitionView): boolean {
    return (
      view.adopter === this.#parts.partition && hasContent(view) && (view.owner === undefined || this.#isQuiet(view))
    );
  }

  #isOrphan(view: PartitionView): boolean {
    return view.adopter === undefined && hasContent(view) && this.#isQuiet(view);
  }

  #isQuiet({ quietMs }: PartitionView): boolean {
    return quietMs > this.#parts.orphanAfterMs;
  }

  async #adopt({ address }: PartitionView): Promise<void> {
    const storage = this.#storageOf(address.queue);
    if (this.#stopped || storage?.queue.stage !== 'ready') return;
    try {
      await storage.adopt(address);
    } catch (error) {
      const { message } = error instanceof Error ? error : asStoreError(error);
      this.#parts.log.warn('mqueue: a partition can not be adopted', { ...address, error: message });
    }
  }

  #storageOf(queue: string): QueueStorage | undefined {
    return this.#parts.storages.find((storage) => storage.queue.name === queue);
  }

  #warn(): void {
    const { clock, log } = this.#parts;
    if (this.#orphans.length === 0 || clock.now() - this.#warnedAt < warnMs) return;
    this.#warnedAt = clock.now();
    log.warn('mqueue: nobody serves these partitions: adopt them, or start their node', { orphans: this.#orphans });
  }
}

function hasContent({ items, journal }: PartitionView): boolean {
  return items > 0 || journal > 0;
}

function asOrphan({ address, items, journal, quietMs }: PartitionView): Orphan {
  return { queue: address.queue, partition: address.partition, items, journal, quietMs };
}
