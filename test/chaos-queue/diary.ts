import type { StopReport } from '../../src/index.ts';

/** An item by its number, and how often it has been given out under a lease. */
export interface FoundItem {
  readonly n: number;
  readonly id: string;
  readonly deliveries: number;
}

/** What is asked of a queue. A `wait` ends without an item after some time, at a `wait and leave` who waits gives up. */
export type Ask =
  | { readonly kind: 'fetch' | 'wait' | 'wait and leave' | 'settle' | 'clear' }
  | { readonly kind: 'add' | 'ack' | 'nack'; readonly n: number };

/** How it ended. `done`: what an ack or nack answered; true after the others. */
export type Answer =
  | { readonly kind: 'added' | 'replaced' | 'kept'; readonly id: string }
  | ({ readonly kind: 'item' } & FoundItem)
  | { readonly kind: 'nothing' }
  | { readonly kind: 'done'; readonly yes: boolean }
  | { readonly kind: 'failed'; readonly code: string };

/**
 * A line that the process writes, before it goes on: what it is about to ask, and each answer. A line outlives the process. `starting`: the
 * program is loaded, its queues are not; `ready`: they are; `idle`: all users have done
 * what they wanted.
 */
export type DiaryLine =
  | { readonly line: 'starting' | 'ready' | 'idle' | 'stopping' }
  | { readonly line: 'holds'; readonly queue: string; readonly items: readonly FoundItem[] }
  | { readonly line: 'asks'; readonly queue: string; readonly call: number; readonly ask: Ask }
  | { readonly line: 'told'; readonly queue: string; readonly call: number; readonly answer: Answer }
  | { readonly line: 'wrong'; readonly queue: string; readonly what: string }
  | { readonly line: 'log'; readonly level: string; readonly message: string; readonly fields: unknown }
  | { readonly line: 'stopped'; readonly report: StopReport };

/** What a process is told when it is started. */
export interface LifePlan {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly seed: number;
  /** The number of its first item. */
  readonly first: number;
  /** Those who use each queue at the same time. */
  readonly users: number;
  /** Calls of each of them, about. */
  readonly calls: number;
  /** When a queue has more items than that, they rather fetch. */
  readonly enough: number;
  /** So many items go through the queue `always` at once, so that its journal is shortened meanwhile; 0: none. */
  readonly bulk: number;
}
