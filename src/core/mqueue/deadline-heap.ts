/** What a heap holds; it sits in one heap at most. Only the heap writes the index. */
export interface Timed {
  /** Breaks ties: the lower one first. */
  readonly rank: number;
  heapIndex: number;
}

/** Things by the time at which they are due, the earliest first. To put in and to take out, wherever it is, costs O(log n). */
export class DeadlineHeap<T extends Timed> {
  readonly #items: T[] = [];
  /** Beside the items, so that no item holds a number object for its time. */
  readonly #times: number[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** When the first is due. */
  get firstAt(): number | undefined {
    return this.#times[0];
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  has(item: T): boolean {
    return this.#items[item.heapIndex] === item;
  }

  push(item: T, at: number): void {
    this.#items.push(item);
    this.#times.push(at);
    this.#rise(item, at, this.#items.length - 1);
  }

  /** False when it is not in the heap. */
  remove(item: T): boolean {
    if (!this.has(item)) return false;
    const last = this.#items.pop()!;
    const lastAt = this.#times.pop()!;
    if (last === item) return true;
    this.#sink(last, lastAt, item.heapIndex);
    this.#rise(last, lastAt, last.heapIndex);
    return true;
  }

  /** Takes the first away when it is due. */
  popDue(now: number): T | undefined {
    const first = this.#items[0];
    if (first === undefined || this.#times[0]! > now) return undefined;
    this.remove(first);
    return first;
  }

  clear(): void {
    this.#items.length = 0;
    this.#times.length = 0;
  }

  /** All, the earliest first. */
  sorted(): T[] {
    const times = this.#times;
    return this.#items.toSorted((a, b) => times[a.heapIndex]! - times[b.heapIndex]! || a.rank - b.rank);
  }

  #rise(item: T, at: number, from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#before(item, at, parent)) break;
      this.#move(parent, index);
      index = parent;
    }
    this.#set(item, at, index);
  }

  #sink(item: T, at: number, from: number): void {
    let index = from;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.#items.length) break;
      const right = child + 1;
      if (right < this.#items.length && this.#before(this.#items[right]!, this.#times[right]!, child)) child = right;
      if (this.#before(item, at, child)) break;
      this.#move(child, index);
      index = child;
    }
    this.#set(item, at, index);
  }

  #before(item: T, at: number, index: number): boolean {
    const other = this.#times[index]!;
    return at < other || (at === other && item.rank < this.#items[index]!.rank);
  }

  #move(from: number, to: number): void {
    this.#set(this.#items[from]!, this.#times[from]!, to);
  }

  #set(item: T, at: number, index: number): void {
    this.#items[index] = item;
    this.#times[index] = at;
    item.heapIndex = index;
  }
}
