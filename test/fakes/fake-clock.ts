import type { Clock, Timer } from '../../src/ports/clock.ts';

interface Due {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  /** Where it lies in the heap, so that a cancel needs no search; -1 once it has left. */
  place: number;
}

/**
 * A clock that only moves when told to. Timers run in order of their due time, and in the order in which they were
 * started where that is equal; a timer started by a running timer runs in the same advance when it is due by then.
 */
export class FakeClock implements Clock {
  #now: number;
  #wallOffset: number;
  #order = 0;
  #due: Due[] = [];

  /** @param start monotonic milliseconds at which the clock begins; @param wallStart the time of day at that moment. */
  constructor(start = 0, wallStart = Date.UTC(2026, 0, 1)) {
    this.#now = start;
    this.#wallOffset = wallStart - start;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#now + this.#wallOffset;
  }

  after(delayMs: number, run: () => void): Timer {
    const due: Due = { at: this.#now + Math.max(0, delayMs), order: this.#order++, run, place: -1 };
    push(this.#due, due);
    return { cancel: () => remove(this.#due, due) };
  }

  /** Timers that have been started and have neither fired nor been cancelled. */
  get pending(): number {
    return this.#due.length;
  }

  /** Runs all timers that fall due within the next `ms`, each at its own time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#due[0]; next !== undefined && next.at <= end; next = this.#due[0]) this.#fire(next);
    this.#now = end;
  }

  /**
   * As `advance`, and lets promises settle after each timer and at the end, so that code which awaits between two
   * timers goes on at the time at which it would.
   */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#due[0]; next !== undefined && next.at <= end; next = this.#due[0]) {
      this.#fire(next);
      await settle();
    }
    this.#now = end;
  }

  /** Runs the next timer, however far away it is. Returns false when there is none. */
  runNext(): boolean {
    const next = this.#due[0];
    if (next !== undefined) this.#fire(next);
    return next !== undefined;
  }

  /** Moves the time of day only, as an administrator or NTP does. */
  jumpWallTime(ms: number): void {
    this.#wallOffset += ms;
  }

  #fire(due: Due): void {
    remove(this.#due, due);
    this.#now = Math.max(this.#now, due.at);
    due.run();
  }
}

/** Gives promises that are ready, and what they make ready, the time to run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const earlier = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A binary heap, so that a simulated bus of 1,000 nodes with many timers each stays quick. */
function push(heap: Due[], due: Due): void {
  put(heap, heap.length, due);
  rise(heap, due);
}

function remove(heap: Due[], due: Due): void {
  const place = due.place;
  if (place < 0) return;
  due.place = -1;
  const last = heap.pop()!;
  if (last === due) return;
  put(heap, place, last);
  sink(heap, last);
  rise(heap, last);
}

function rise(heap: Due[], due: Due): void {
  while (due.place > 0) {
    const place = due.place;
    const parent = heap[(place - 1) >> 1]!;
    if (!earlier(due, parent)) return;
    put(heap, parent.place, due);
    put(heap, place, parent);
  }
}

function sink(heap: Due[], due: Due): void {
  for (;;) {
    const place = due.place;
    let least = due;
    for (const child of [heap[2 * place + 1], heap[2 * place + 2]]) {
      if (child !== undefined && earlier(child, least)) least = child;
    }
    if (least === due) return;
    put(heap, least.place, due);
    put(heap, place, least);
  }
}

function put(heap: Due[], place: number, due: Due): void {
  heap[place] = due;
  due.place = place;
}
