import type { Clock, Timer } from '../ports/clock.ts';
import type { FetchedItem } from './fetched-item.ts';
import type { Taker } from './taker.ts';

export interface WaitOptions {
  /** Milliseconds; without it the wait ends only with an item, the signal or the stop. An item that is on its way by then still comes. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Those who wait for an item of a queue, first come first served. Each waits without polling, with one timer at most. */
export class WaitingLine {
  readonly #clock: Clock;
  #first: Waiter | undefined;
  #last: Waiter | undefined;
  /** Out of the line, while what they get is being written down. */
  readonly #served = new Set<Waiter>();
  #length = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get length(): number {
    return this.#length;
  }

  /** Resolves with an item, or with undefined at the timeout, the abort or the end of the line. `again`: its item fell through. */
  join({ timeoutMs, signal }: WaitOptions, again: () => void): Promise<FetchedItem | undefined> {
    if (signal?.aborted) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = new Waiter(resolve, reject, {
        closed: () => this.#leave(waiter),
        isServed: () => this.#served.has(waiter),
        again: () => {
          this.#served.delete(waiter);
          this.#putFirst(waiter);
          again();
        },
      });
      if (timeoutMs !== undefined) waiter.timer = this.#clock.after(timeoutMs, () => waiter.expire());
      if (signal !== undefined) waiter.listen(signal);
      this.#putLast(waiter);
    });
  }

  /** Whoever waits longest, out of the line; undefined when nobody waits. */
  next(): Waiter | undefined {
    const waiter = this.#first;
    if (waiter === undefined) return undefined;
    this.#unlink(waiter);
    this.#served.add(waiter);
    return waiter;
  }

  /** Back to the front: there was nothing after all. */
  back(waiter: Waiter): void {
    this.#served.delete(waiter);
    this.#putFirst(waiter);
  }

  /** Nobody gets anything any more: all waits end with undefined. */
  end(): void {
    while (this.#first !== undefined) this.#first.end();
    for (const waiter of this.#served) waiter.end();
  }

  #leave(waiter: Waiter): void {
    if (!this.#served.delete(waiter)) this.#unlink(waiter);
  }

  #putLast(waiter: Waiter): void {
    waiter.before = this.#last;
    if (this.#last === undefined) this.#first = waiter;
    else this.#last.behind = waiter;
    this.#last = waiter;
    this.#length += 1;
  }

  #putFirst(waiter: Waiter): void {
    waiter.behind = this.#first;
    if (this.#first === undefined) this.#last = waiter;
    else this.#first.before = waiter;
    this.#first = waiter;
    this.#length += 1;
  }

  #unlink(waiter: Waiter): void {
    const { before, behind } = waiter;
    if (before === undefined) this.#first = behind;
    else before.behind = behind;
    if (behind === undefined) this.#last = before;
    else behind.before = before;
    waiter.before = undefined;
    waiter.behind = undefined;
    this.#length -= 1;
  }
}

/** What a waiter asks of its line. */
interface WaiterLine {
  closed(): void;
  isServed(): boolean;
  again(): void;
}

/** One who waits. */
export class Waiter implements Taker {
  before: Waiter | undefined;
  behind: Waiter | undefined;
  timer: Timer | undefined;
  #open = true;
  #isExpired = false;
  #unlisten: (() => void) | undefined;
  readonly #resolve: (item: FetchedItem | undefined) => void;
  readonly #reject: (error: Error) => void;
  readonly #line: WaiterLine;

  constructor(resolve: (item: FetchedItem | undefined) => void, reject: (error: Error) => void, line: WaiterLine) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#line = line;
  }

  get open(): boolean {
    return this.#open;
  }

  listen(signal: AbortSignal): void {
    const abort = (): void => this.end();
    signal.addEventListener('abort', abort);
    this.#unlisten = () => signal.removeEventListener('abort', abort);
  }

  give(item: FetchedItem): void {
    if (this.#close()) this.#resolve(item);
  }

  fail(error: Error): void {
    if (this.#close()) this.#reject(error);
  }

  again(): void {
    if (this.#isExpired) this.end();
    else if (this.#open) this.#line.again();
  }

  /** Its time is over. What is being written down for it, it still gets: were it told that there is nothing, a crash would lose an item. */
  expire(): void {
    if (this.#line.isServed()) this.#isExpired = true;
    else this.end();
  }

  end(): void {
    if (this.#close()) this.#resolve(undefined);
  }

  #close(): boolean {
    if (!this.#open) return false;
    this.#open = false;
    this.timer?.cancel();
    this.#unlisten?.();
    this.#line.closed();
    return true;
  }
}
