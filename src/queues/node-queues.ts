import type { Orphan } from './orphan-watch.ts';
import type { Queue } from './queue.ts';

/**
 * How a queue stands. `failed`: it can't be read, or with durability `always` its store takes nothing any more, so that adds and fetches
 * fail; that is tried again, and it is `ready` when it goes. `fenced`: another process has claimed it.
 */
export interface QueueState {
  readonly name: string;
  readonly state: 'loading' | 'ready' | 'failed' | 'fenced' | 'stopped';
  /** For people; undefined when all is well. */
  readonly why: string | undefined;
}

/** The queues of a node as a program uses them. */
export interface NodeQueues {
  /** Where the stored queues are, for people. */
  readonly store: string;

  /** The queue with this name. Throws a QueueError NO_SUCH_QUEUE that lists those there are. */
  get(name: string): Queue;

  has(name: string): boolean;

  names(): string[];

  all(): Queue[];

  /** Resolves when all queues that are read at the start have been read. Rejects with a QueueError when the node stops before. */
  ready(): Promise<void>;

  states(): QueueState[];

  /** Partitions of these queues in the store that have items and that nobody serves, as of the last look. */
  orphans(): readonly Orphan[];
}
