import { ByteBudget } from '../core/mqueue/byte-budget.ts';
import { formatItemId, itemId, itemKey, itemValue } from '../core/mqueue/item-record.ts';
import type { NewBytes } from '../core/mqueue/mqueue.ts';
import type { MqueueDefinition } from '../core/mqueue/mqueue-definition.ts';
import type { Clock } from '../ports/clock.ts';
import type { QueueStore } from '../ports/queue-store.ts';
import type { Random } from '../ports/random.ts';
import type { Counters, Log } from '../ports/telemetry.ts';
import { Backoff, pause } from './backoff.ts';
import type { Burial, Bury } from './dead-letters.ts';
import { FitnessWatch } from './fitness-watch.ts';
import { viewsBeforeClaim } from './former-owner.ts';
import { asStoreError } from './load-partition.ts';
import type { NodeQueues, QueueState } from './node-queues.ts';
import { type Orphan, OrphanWatch } from './orphan-watch.ts';
import { OutageLog } from './outage-log.ts';
import type { Queue } from './queue.ts';
import { QueueError } from './queue-error.ts';
import type { SaveOutcome } from './queue-saver.ts';
import { QueueStorage } from './queue-storage.ts';
import { ServedQueue } from './served-queue.ts';
import { Spill } from './spill.ts';

export interface QueuesParts {
  readonly definitions: readonly MqueueDefinition[];
  readonly cluster: string;
  readonly partition: string;
  /** Names this life of the process among those that claim partitions. */
  readonly owner: string;
  /** What all queues together may take. */
  readonly totalBytes: number;
  /** Where memory for items comes from. */
  readonly newBytes: NewBytes;
  readonly adopts: boolean;
  readonly orphanAfterMs: number;
  /** How long an add with durability `always` waits for the store. */
  readonly timeoutMs: number;
  /** Records from which on a journal is written anew as a generation, when it is also twice as long as its queue; 10,000 when left out. */
  readonly compactAbove?: number;
  readonly store: QueueStore;
  /** Over files of this machine; undefined: what the store does not take at the stop is lost. */
  readonly spillStore: QueueStore | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly counters: Counters;
}

/** The queues whose content the stop could not bring into their store, by name. */
export interface StopReport {
  /** They lie in a file of this machine, and the next start brings them into the store. */
  readonly spilled: readonly string[];
  readonly lost: readonly string[];
  /** Another process had claimed them; what was added here lies beside them in the store. */
  readonly fenced: readonly string[];
}

const brokenPauseMs = 30_000;
const deadLetterPauseMs = 5_000;
/** What writing into the spill may take of the time of a stop. */
const spillShare = 0.3;
const longestSpillMs = 2_000;

/** All queues of a node: starts and stops them, and what they have in common. */
export class Queues implements NodeQueues {
  readonly #parts: QueuesParts;
  readonly #queues = new Map<string, ServedQueue>();
  readonly #storages: QueueStorage[] = [];
  readonly #spill: Spill | undefined;
  readonly #watch: OrphanWatch;
  readonly #fitness: FitnessWatch;
  readonly #opened = Promise.withResolvers<void>();
  readonly #ending = new AbortController();
  /** Aborted when the store is waited for no longer. */
  readonly #giveUp = new AbortController();
  #stopping: Promise<StopReport> | undefined;
  #started = false;

  constructor(parts: QueuesParts) {
    const { definitions, cluster, partition, owner, newBytes, store, spillStore, clock, random, log, counters } = parts;
    this.#parts = parts;
    const budget = new ByteBudget(parts.totalBytes);
    const offset = clock.wallTime() - clock.now();
    const now = (): number => Math.floor(clock.now() + offset);
    const keeperParts = { store, clock, random, counters };
    this.#spill = spillStore && new Spill({ store: spillStore, cluster, owner, keeperParts, log });
    for (const definition of definitions) {
      const { name: queue, deadLetter } = definition;
      const bury: Bury | undefined =
        deadLetter === undefined ? undefined : (...letter) => this.#bury(queue, deadLetter, ...letter);
      const served = new ServedQueue({
        ...{ definition, partition, budget, newBytes },
        ...{ now, clock, random, log, counters, bury },
      });
      this.#queues.set(queue, served);
      if (definition.dbMode === 'none') {
        served.open();
        continue;
      }
      const { timeoutMs, compactAbove = 10_000 } = parts;
      const address = { cluster, queue, partition };
      const opened = this.#opened.promise;
      const spill = this.#spill;
      this.#storages.push(
        new QueueStorage({ queue: served, address, owner, keeperParts, spill, log, timeoutMs, compactAbove, opened }),
      );
    }
    this.#fitness = new FitnessWatch(parts);
    this.#watch = new OrphanWatch({ ...parts, storages: this.#storages });
  }

  get store(): string {
    return this.#parts.store.name;
  }

  get(name: string): Queue {
    return this.#served(name);
  }

  #served(name: string): ServedQueue {
    const queue = this.#queues.get(name);
    if (queue !== undefined) return queue;
    const names = this.names().join(', ') || 'none';
    throw new QueueError('NO_SUCH_QUEUE', `there is no queue "${name}"; there are: ${names}`);
  }

  has(name: string): boolean {
    return this.#queues.has(name);
  }

  names(): string[] {
    return [...this.#queues.keys()];
  }

  all(): Queue[] {
    return [...this.#queues.values()];
  }

  async ready(): Promise<void> {
    await Promise.all(this.#storages.map(({ loaded }) => loaded));
  }

  states(): QueueState[] {
    const troubles = new Map(this.#storages.map(({ queue, trouble }) => [queue.name, trouble]));
    return [...this.#queues.values()].map(({ name, stage, why }) => {
      const trouble = troubles.get(name);
      if (stage !== 'ready' || trouble === undefined)
        return { name, state: stage === 'draining' ? 'stopped' : stage, why };
      return { name, state: 'failed', why: `nothing can be added or fetched: ${trouble.message}` };
    });
  }

  orphans(): readonly Orphan[] {
    return this.#watch.orphans();
  }

  /** Whether there are queues that a stop has to bring into their store. */
  get areStored(): boolean {
    return this.#storages.length > 0;
  }

  /** Begins to read the queues; does not wait for the store. */
  start(): void {
    if (this.#started || this.#stopping !== undefined) return;
    this.#started = true;
    if (this.#storages.length > 0) void this.#open();
  }

  /**
   * Ends waits and consumers, and brings the queues into their store; where that is away until the deadline, into the spill. Idempotent,
   * never rejects.
   */
  stop(deadlineMs: number): Promise<StopReport> {
    this.#stopping ??= this.#stop(deadlineMs);
    return this.#stopping;
  }

  async #open(): Promise<void> {
    const { store, clock, random, log, counters } = this.#parts;
    const outage = new OutageLog(log, clock);
    const backoff = new Backoff(random, 100, 5_000);
    const { signal } = this.#giveUp;
    await this.#spill?.open(signal);
    while (!signal.aborted) {
      try {
        const { notes } = await store.open(signal);
        outage.over('mqueue: the store is there', { store: store.name });
        for (const note of notes) log.info(`mqueue: ${note}`);
        this.#opened.resolve();
        const views = await viewsBeforeClaim(store, this.#parts);
        if (this.#ending.signal.aborted) return;
        for (const storage of this.#storages) storage.start(views.get(storage.queue.name));
        this.#watch.start();
        this.#fitness.start();
        return;
      } catch (cause) {
        const error = asStoreError(cause);
        const passes = error.code === 'STORE_UNAVAILABLE';
        counters.add('mqueue_store_errors', error.code);
        for (const { queue, isRead } of this.#storages) {
          if (isRead && !this.#ending.signal.aborted) queue.setStage(passes ? 'loading' : 'failed', error.message);
        }
        outage.failed(passes ? 'warn' : 'error', 'mqueue: the store can not be used', {
          store: store.name,
          error: error.message,
        });
        await pause(clock, passes ? backoff.next() : brokenPauseMs, signal);
      }
    }
  }

  async #stop(deadlineMs: number): Promise<StopReport> {
    const { clock, store } = this.#parts;
    const deadline = clock.now() + deadlineMs;
    const left = (): number => Math.max(0, deadline - clock.now());
    this.#ending.abort();
    this.#watch.stop();
    this.#fitness.stop();
    const queues = [...this.#queues.values()];
    await this.#within(deadlineMs / 3, Promise.all(queues.map((queue) => queue.drain())));
    for (const queue of queues) queue.freeze();
    const spillMs = this.#spill === undefined ? 0 : Math.min(longestSpillMs, left() * spillShare);
    const timer = clock.after(left() - spillMs, () => this.#giveUp.abort());
    const ends = await Promise.all(
      this.#storages.map(async (storage) => ({
        name: storage.queue.name,
        outcomes: await storage.stop(this.#giveUp.signal),
      })),
    );
    timer.cancel();
    this.#giveUp.abort();
    await this.#within(Math.min(left(), 1_000), Promise.all([store.close(), this.#spill?.close()]));
    const of = (wanted: SaveOutcome): string[] =>
      ends.filter(({ outcomes }) => outcomes.has(wanted)).map(({ name }) => name);
    return { spilled: of('spilled'), lost: of('lost'), fenced: of('fenced') };
  }

  /** Into the dead-letter queue `target`, again and again until it is there. */
  async #bury(queue: string, target: string, ...[record, isWanted]: Parameters<Bury>): Promise<Burial> {
    const { clock, log } = this.#parts;
    const { signal } = this.#ending;
    const outage = new OutageLog(log, clock);
    const about = { queue, item: formatItemId(itemId(record)), dead_letter: target };
    const waits = (error: unknown): void =>
      outage.failed('warn', 'mqueue: a dead letter waits', { ...about, error: String(error) });
    // At the start the queues are read side by side.
    await this.#within(deadLetterPauseMs, this.#read(target));
    while (!signal.aborted) {
      if (!isWanted()) return 'unwanted';
      try {
        await this.#served(target).addOnce(itemKey(record), itemValue(record), waits);
        return 'buried';
      } catch (error) {
        if (error instanceof QueueError && error.code === 'ITEM_TOO_LARGE') {
          log.error('mqueue: a dead letter does not fit into its queue', { ...about, error: String(error) });
          return 'unfit';
        }
        waits(error);
        await pause(clock, deadLetterPauseMs, signal);
      }
    }
    return 'stopped';
  }

  /** As `QueueStorage.loaded`. */
  async #read(name: string): Promise<void> {
    await this.#storages.find(({ queue }) => queue.name === name)?.loaded;
  }

  #within(ms: number, work: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#parts.clock.after(ms, resolve);
      const end = (): void => {
        timer.cancel();
        resolve();
      };
      work.then(end, end);
    });
  }
}
