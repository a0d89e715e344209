import type { MqueueDefinition } from '../../src/core/mqueue/mqueue-definition.ts';
import { unclearedBytes } from '../../src/edges/system/uncleared-bytes.ts';
import type { FetchedItem } from '../../src/queues/fetched-item.ts';
import type { Queue } from '../../src/queues/queue.ts';
import { Queues, type QueuesParts, type StopReport } from '../../src/queues/queues.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { MemoryCounters } from '../fakes/memory-counters.ts';
import { MemoryLog } from '../fakes/memory-log.ts';
import { MemoryQueueData } from '../fakes/memory-queue-data.ts';
import { MemoryQueueStore } from '../fakes/memory-queue-store.ts';
import { SeededRandom } from '../fakes/seeded-random.ts';
import type { StoreTrouble } from '../fakes/store-trouble.ts';

/** A definition with every default, changed where the test says so. */
export function definition(changes: Partial<MqueueDefinition> = {}): MqueueDefinition {
  return {
    name: 'calls',
    size: 0,
    maxBytes: 256 * 1024 * 1024,
    dbMode: 'none',
    addMode: 'append',
    durability: 'none',
    leaseMs: 0,
    ttlMs: 0,
    delayMs: 0,
    maxDeliveries: 0,
    deadLetter: undefined,
    ...changes,
  };
}

export const durable = { dbMode: 'both', durability: 'always' } as const;
export const saved = { dbMode: 'both', durability: 'stop' } as const;

/** The queues of one process, on a clock and a store of the test. */
export interface QueueNode {
  readonly queues: Queues;
  readonly queue: Queue;
  readonly store: MemoryQueueStore;
  readonly spill: MemoryQueueStore;
  readonly trouble: StoreTrouble;
  readonly log: MemoryLog;
  readonly counters: MemoryCounters;
}

/** A store, and processes that use it one after another or at the same time. */
export class QueueWorld {
  readonly clock: FakeClock;
  readonly data = new MemoryQueueData();
  /** The disk of the machine on which the processes run. */
  readonly disk = new MemoryQueueData();
  #processes = 0;

  constructor(clock = new FakeClock()) {
    this.clock = clock;
  }

  /** A process, its queues not begun. The first definition is that of `queue`. */
  node(definitions: readonly MqueueDefinition[], changes: Partial<QueuesParts> = {}): QueueNode {
    this.#processes += 1;
    const store = new MemoryQueueStore(this.clock, this.data);
    const spill = new MemoryQueueStore(this.clock, this.disk);
    const log = new MemoryLog();
    const counters = new MemoryCounters();
    const queues = new Queues({
      definitions,
      cluster: 'test',
      partition: '0',
      owner: `process-${this.#processes}`,
      totalBytes: 1024 * 1024 * 1024,
      newBytes: unclearedBytes,
      adopts: false,
      orphanAfterMs: 60_000,
      timeoutMs: 10_000,
      store,
      spillStore: spill,
      clock: this.clock,
      random: new SeededRandom(this.#processes),
      log,
      counters,
      ...changes,
    });
    return { queues, queue: queues.get(definitions[0]!.name), store, spill, trouble: store.trouble, log, counters };
  }

  /** A process whose queue has been read. */
  async start(changes: Partial<MqueueDefinition> = {}, parts: Partial<QueuesParts> = {}): Promise<QueueNode> {
    const node = this.node([definition(changes)], parts);
    node.queues.start();
    await this.pass(0);
    await node.queues.ready();
    return node;
  }

  /** Lets time go by, and promises settle. */
  pass(ms: number): Promise<void> {
    return this.clock.advanceAsync(ms);
  }

  /** A signal that is aborted after some time. */
  abortAfter(ms: number): AbortSignal {
    const controller = new AbortController();
    this.clock.after(ms, () => controller.abort());
    return controller.signal;
  }

  /** Ends a process as a signal does. */
  async stop({ queues }: QueueNode, deadlineMs = 10_000): Promise<StopReport> {
    return this.until(queues.stop(deadlineMs));
  }

  /** Lets time go by in steps until the work is done; a minute at most. */
  async until<T>(work: Promise<T>, stepMs = 100): Promise<T> {
    let done = false;
    const ended = work.finally(() => {
      done = true;
    });
    ended.catch(() => {});
    for (let step = 0; !done && step < 60_000 / stepMs; step++) await this.pass(step === 0 ? 0 : stepMs);
    if (!done) throw new Error('it takes more than a minute');
    return ended;
  }

  /** A process dies: nothing that it does from now on reaches the store. */
  kill({ store, spill }: QueueNode): void {
    store.trouble.heal();
    store.trouble.fail('STORE_UNAVAILABLE');
    spill.trouble.fail('STORE_UNAVAILABLE');
  }

  /** What another process would find in the queue. */
  async content(changes: Partial<MqueueDefinition> = saved): Promise<string[]> {
    const reader = await this.start({ ...changes });
    const found = all(reader.queue);
    this.kill(reader);
    return found;
  }
}

/** The values that could be fetched, oldest first. */
export function all(queue: Queue): string[] {
  return queue.peek({ limit: 1_000_000 }).items.map((item) => item.valueText());
}

export function value(item: FetchedItem | undefined): string | undefined {
  return item?.valueText();
}
