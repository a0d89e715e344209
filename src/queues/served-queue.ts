import type { ByteBudget } from '../core/mqueue/byte-budget.ts';
import { writeItemLine } from '../core/mqueue/item-line.ts';
import type { NewBytes } from '../core/mqueue/mqueue.ts';
import type { MqueueDefinition } from '../core/mqueue/mqueue-definition.ts';
import { StoreError } from '../core/mqueue/store-error.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Counters, Log } from '../ports/telemetry.ts';
import { checkBytes, checkNumber } from './check-arguments.ts';
import { type ConsumeOptions, type Consumer, type ItemHandler, QueueConsumer } from './consumer.ts';
import type { Bury } from './dead-letters.ts';
import { DirectService } from './direct-service.ts';
import { type FetchedItem, QueueItem } from './fetched-item.ts';
import { JournaledService } from './journaled-service.ts';
import type { KeptPartition } from './kept-partition.ts';
import type { AddOptions, PeekOptions, PeekPage, Queue, QueueStats } from './queue.ts';
import { QueueError, storeFailure } from './queue-error.ts';
import type { AddAnswer, Doubt, QueueService, ServiceHost } from './queue-service.ts';
import { QueueTally } from './queue-tally.ts';
import { Shelf } from './shelf.ts';
import { TextBytes } from './text-bytes.ts';
import { WaitingLine, type WaitOptions } from './waiting-line.ts';

export interface ServedQueueParts {
  readonly definition: MqueueDefinition;
  /** The name of this node's partition. */
  readonly partition: string;
  readonly budget: ByteBudget;
  readonly newBytes: NewBytes;
  /** Milliseconds of the wall clock that never jump. */
  readonly now: () => number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly counters: Counters;
  readonly bury: Bury | undefined;
}

/** `draining`: nothing is fetched any more, what was fetched can be acknowledged and added elsewhere. */
export type Stage = 'loading' | 'ready' | 'failed' | 'fenced' | 'draining' | 'stopped';

/** A longer wait is looked at again: timers of the machine are no good beyond some weeks. */
const longestTimerMs = 3_600_000;

/** A queue as programs use it: who waits, what time it is, and whether it is open at all. What it holds is on its shelf. */
export class ServedQueue implements Queue {
  readonly name: string;
  readonly definition: MqueueDefinition;
  readonly shelf: Shelf;
  readonly #parts: ServedQueueParts;
  readonly #tally: QueueTally;
  readonly #line: WaitingLine;
  readonly #key = new TextBytes();
  readonly #value = new TextBytes();
  readonly #consumers = new Set<QueueConsumer>();
  readonly #host: ServiceHost;
  #service: QueueService;
  #stage: Stage = 'loading';
  #why: string | undefined;
  #current: FetchedItem | undefined;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  /** Whether anything here depends on time. */
  #isTimed: boolean;

  constructor(parts: ServedQueueParts) {
    const { definition, clock, random, log, counters } = parts;
    const { name, leaseMs, ttlMs } = definition;
    this.name = name;
    this.definition = definition;
    this.#parts = parts;
    this.#tally = new QueueTally({ queue: name, counters, clock, log });
    const seed = Math.floor(random.fraction() * 2 ** 32);
    this.shelf = new Shelf({ ...parts, tally: this.#tally, seed });
    this.#line = new WaitingLine(clock);
    this.#isTimed = leaseMs > 0 || ttlMs > 0;
    this.#host = {
      fetchable: () => this.#serve(),
      timed: () => this.#arm(),
      given: (item) => {
        this.#current = item;
      },
    };
    this.#service = new DirectService(this.shelf, this.#host);
  }

  add(key: string | Uint8Array, value: string | Uint8Array, options?: AddOptions): Promise<AddAnswer> {
    return this.#add(key, value, options?.delayMs ?? this.definition.delayMs);
  }

  /**
   * As `add`, without a delay, for who would add again what may have been added. Where the store leaves that open, `doubt` is told, and this resolves
   * once the item is there: it is in memory, and on its way until the store has it or another process the queue.
   */
  addOnce(key: Uint8Array, value: Uint8Array, doubt: Doubt): Promise<AddAnswer> {
    return this.#add(key, value, 0, doubt);
  }

  #add(key: string | Uint8Array, value: string | Uint8Array, delayMs: number, doubt?: Doubt): Promise<AddAnswer> {
    if (this.#stage !== 'ready' && this.#stage !== 'draining') return Promise.reject(this.#closed());
    try {
      checkBytes(this.name, 'key', key);
      checkBytes(this.name, 'value', value);
      checkNumber(this.name, 'delayMs', delayMs);
      if (delayMs > 0) this.#isTimed = true;
      return this.#service.add(this.#key.of(key), this.#value.of(value), delayMs, doubt);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  fetch({ signal }: Pick<WaitOptions, 'signal'> = {}): Promise<FetchedItem | undefined> {
    if (this.#stage !== 'ready') return Promise.reject(this.#closed());
    if (signal?.aborted) return Promise.resolve(undefined);
    return this.#service.fetch(signal);
  }

  waitFetch(options: WaitOptions = {}): Promise<FetchedItem | undefined> {
    if (options.timeoutMs !== undefined) checkNumber(this.name, 'timeoutMs', options.timeoutMs);
    if (this.#stage === 'draining') return Promise.resolve(undefined);
    if (this.#stage === 'stopped' || this.#stage === 'fenced') return Promise.reject(this.#closed());
    if (this.#stage === 'ready' && this.#line.length === 0 && options.signal?.aborted !== true) {
      const item = this.#service.takeNow();
      if (item !== undefined) return Promise.resolve(item);
    }
    const item = this.#line.join(options, () => this.#serve());
    this.#serve();
    return item;
  }

  consume(handler: ItemHandler, { concurrency = 1 }: ConsumeOptions = {}): Consumer {
    checkNumber(this.name, 'concurrency', concurrency);
    const { clock, random, log } = this.#parts;
    const consumer = new QueueConsumer({
      queue: this.name,
      waitFetch: (options) => this.waitFetch(options),
      handler,
      concurrency,
      clock,
      random,
      log,
    });
    this.#consumers.add(consumer);
    return {
      stop: async () => {
        await consumer.stop();
        this.#consumers.delete(consumer);
      },
    };
  }

  size(): number {
    return this.shelf.content.size;
  }

  peek({ after, limit = 100 }: PeekOptions = {}): PeekPage {
    checkNumber(this.name, 'limit', limit);
    const { entries, next } = this.shelf.content.peek(after, limit);
    return { items: entries.map((entry) => new QueueItem(entry.record, this.shelf.partitionOf(entry))), next };
  }

  lines(): Iterable<string> {
    return linesOf(this.shelf.snapshot());
  }

  clear(): Promise<number> {
    if (this.#stage !== 'ready') return Promise.reject(this.#closed());
    return this.#service.clear();
  }

  get current(): FetchedItem | undefined {
    return this.#current;
  }

  free(): void {
    this.#current = undefined;
  }

  stats(): QueueStats {
    const { content } = this.shelf;
    const oldest = content.oldestAddedAt();
    return {
      size: content.size,
      delayed: content.delayed,
      leased: content.leased,
      bytes: content.bytes,
      oldestMs: oldest === undefined ? undefined : Math.max(0, this.#parts.now() - oldest),
      waiting: this.#line.length,
      ...this.#tally.counts(),
    };
  }

  async settled(): Promise<void> {
    const partitions = [...this.shelf.partitions()];
    try {
      await Promise.all(partitions.map(({ cursor, journal }) => cursor?.settled() ?? journal?.reached(journal.next)));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      throw storeFailure(this.name, error, 'its store does not know all that has happened');
    }
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** Why the stage is what it is, for people; undefined when there is nothing to say. */
  get why(): string | undefined {
    return this.#why;
  }

  /** Open for adds and fetches. With a partition what is added belongs to it, and its journal hears of everything. */
  open(own?: KeptPartition): void {
    if (own !== undefined) this.shelf.setOwn(own);
    if (own?.journal !== undefined) this.#service = new JournaledService(this.shelf, own.journal, this.#host);
    this.setStage('ready');
    this.shelf.buryExhausted();
    this.look();
  }

  setStage(stage: Stage, why?: string): void {
    this.#stage = stage;
    this.#why = why;
    if (stage === 'fenced' || stage === 'draining' || stage === 'stopped') this.#line.end();
  }

  /** Ends the waits; resolves when the handlers of the consumers have ended. */
  async drain(): Promise<void> {
    if (this.#stage === 'ready') this.setStage('draining');
    else this.#line.end();
    await Promise.all([...this.#consumers].map((consumer) => consumer.stop()));
  }

  /** From now on nothing changes any more. */
  freeze(): void {
    this.setStage('stopped');
    this.shelf.endLeases();
    this.#timer?.cancel();
    this.#tally.sayDropped();
  }

  /** Gives those who wait what there is, and looks what is due next. */
  look(): void {
    this.#serve();
    this.#arm();
  }

  #serve(): void {
    while (this.#stage === 'ready' && this.#line.length > 0) {
      const waiter = this.#line.next()!;
      if (this.#service.take(waiter)) continue;
      this.#line.back(waiter);
      return;
    }
  }

  #arm(): void {
    if (!this.#isTimed || this.#stage === 'stopped') return;
    const at = this.shelf.content.nextEventAt() ?? Number.POSITIVE_INFINITY;
    if (at >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    const delayMs = Math.min(longestTimerMs, Math.max(1, at - this.#parts.now()));
    this.#timer = this.#parts.clock.after(delayMs, () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      if (this.#stage === 'stopped') return;
      this.shelf.expire();
      this.look();
    });
  }

  #closed(): QueueError {
    switch (this.#stage) {
      case 'fenced':
        return new QueueError('QUEUE_FENCED', `queue ${this.name} belongs to another process: ${this.#why}`);
      case 'draining':
      case 'stopped':
        return new QueueError('QUEUE_STOPPED', `queue ${this.name} is stopped`);
      default:
        return new QueueError(
          'QUEUE_NOT_READY',
          `queue ${this.name} is not read yet${this.#why ? `: ${this.#why}` : ''}`,
        );
    }
  }
}

function* linesOf(items: readonly (readonly [Uint8Array, string])[]): Generator<string> {
  for (const [record, partition] of items) yield writeItemLine(record, partition);
}
