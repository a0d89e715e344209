import type { Clock, Timer } from '../ports/clock.ts';
import type { PartitionView, QueueStore } from '../ports/queue-store.ts';
import type { Random } from '../ports/random.ts';
import type { Counters, Log } from '../ports/telemetry.ts';
import { asStoreError } from './load-partition.ts';
import { hasContent, OrphanRule } from './orphan-rule.ts';
import { OutageLog } from './outage-log.ts';
import { byPartition } from './partition-order.ts';
import type { QueueStorage } from './queue-storage.ts';

const lookMs = 10_000;
const warnMs = 60_000;
/** So long what has been seen of a partition counts. */
const freshMs = 5_000;

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
  readonly storages: readonly QueueStorage[];
  /** Whether orphans are adopted without being assigned. */
  readonly adopts: boolean;
  readonly orphanAfterMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly counters: Counters;
}

/** The partitions of a cluster as they were at one moment. */
interface Sight {
  readonly views: readonly PartitionView[];
  readonly rule: OrphanRule;
  readonly at: number;
}

/**
 * Each ten seconds says that this node lives, and looks for partitions of its queues that nobody serves: those that are assigned to this
 * node, and with `adopts` those whose owner is quiet, are adopted. Orphans that stay are kept in sight, also those of queues that are
 * defined nowhere any more.
 */
export class OrphanWatch {
  readonly #parts: OrphanWatchParts;
  readonly #outage: OutageLog;
  #orphans: Orphan[] = [];
  #warnedAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #isLooking = false;
  #stopped = false;

  constructor(parts: OrphanWatchParts) {
    this.#parts = parts;
    this.#outage = new OutageLog(parts.log, parts.clock);
  }

  start(): void {
    if (this.#stopped) return;
    const { clock, random, storages } = this.#parts;
    this.#timer = clock.after(lookMs * (0.75 + random.fraction() / 2), () => {
      // Whatever a look waits for: others go by these signs.
      for (const storage of storages) storage.keepAlive();
      this.start();
      void this.#look();
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

  /** One at a time: an adoption may take longer than the pause between two looks. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const { store, adopts, random, counters } = this.#parts;
    try {
      for (const storage of this.#parts.storages) await this.#takeUpSpilled(storage);
      const sight = await this.#adoptAssigned(await this.#see());
      const orphans = sight.views.filter((view) => sight.rule.isOrphan(view));
      const foreign = orphans.filter((view) => this.#isForeign(view));
      // One of them by chance: other nodes look too, and shall not all take the same one.
      const chosen = foreign[Math.floor(random.fraction() * foreign.length)];
      if (adopts && chosen !== undefined) await this.#adopt(chosen);
      this.#orphans = orphans.filter((view) => this.#isForeign(view) || this.#isAbandoned(view, sight)).map(asOrphan);
      this.#warn();
      this.#outage.over('mqueue: partitions can be listed again', { store: store.name });
    } catch (error) {
      const { code, message } = asStoreError(error);
      counters.add('mqueue_store_errors', code);
      this.#outage.failed('warn', 'mqueue: partitions can not be listed', { store: store.name, error: message });
    } finally {
      this.#isLooking = false;
    }
  }

  async #see(): Promise<Sight> {
    const { store, cluster, clock, orphanAfterMs } = this.#parts;
    const views = await store.list(cluster);
    return { views, rule: new OrphanRule(views, orphanAfterMs), at: clock.now() };
  }

  /** Adopts what is assigned here. Resolves with what was seen last: what came into sight long ago may have an owner by now, and is seen anew. */
  async #adoptAssigned(first: Sight): Promise<Sight> {
    let sight = first;
    const assigned = first.views.filter((view) => this.#isAssigned(view, first));
    assigned.sort((one, two) => byPartition(one.address, two.address));
    for (const { address } of assigned) {
      sight = await this.#fresh(sight);
      const { queue, partition } = address;
      const view = sight.views.find((each) => each.address.queue === queue && each.address.partition === partition);
      if (view !== undefined && this.#isAssigned(view, sight)) await this.#adopt(view);
    }
    return this.#fresh(sight);
  }

  async #fresh(sight: Sight): Promise<Sight> {
    return this.#parts.clock.now() - sight.at > freshMs ? this.#see() : sight;
  }

  /** Of a queue that is read here, and not served by this node already. */
  #isForeign({ address }: PartitionView): boolean {
    const storage = this.#storageOf(address.queue);
    return storage?.isRead === true && !storage.serves(address.partition);
  }

  /** To this node, or to a partition that it has adopted. */
  #isAssigned(view: PartitionView, { rule }: Sight): boolean {
    const { address, adopter, owner } = view;
    const storage = this.#storageOf(address.queue);
    if (adopter === undefined || !this.#isForeign(view) || storage?.serves(adopter) !== true) return false;
    return hasContent(view) && (owner === undefined || rule.isQuiet(view) || storage.hasSucceeded(owner));
  }

  /** Of a queue that no node seems to have any more. */
  #isAbandoned({ address }: PartitionView, { rule }: Sight): boolean {
    return this.#storageOf(address.queue) === undefined && !rule.isServedAnywhere(address.queue);
  }

  async #takeUpSpilled(storage: QueueStorage): Promise<void> {
    if (this.#stopped || storage.queue.stage !== 'ready' || !storage.isRead) return;
    try {
      await storage.takeUpSpilled();
    } catch (error) {
      const { message } = error instanceof Error ? error : asStoreError(error);
      const fields = { queue: storage.queue.name, error: message };
      this.#parts.log.warn('mqueue: what was spilled of adopted partitions can not be taken up', fields);
    }
  }

  async #adopt({ address, adopter }: PartitionView): Promise<void> {
    const storage = this.#storageOf(address.queue);
    if (this.#stopped || storage?.queue.stage !== 'ready') return;
    try {
      await storage.adopt(address, adopter);
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
    log.warn('mqueue: nobody serves these partitions: adopt them, start their node, or define their queue', {
      orphans: this.#orphans,
    });
  }
}

function asOrphan({ address, items, journal, quietMs }: PartitionView): Orphan {
  return { queue: address.queue, partition: address.partition, items, journal, quietMs };
}
