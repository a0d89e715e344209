/** A bounded number of tasks at the same time, in order of arrival; a bounded number wait. */
export class WorkerPool {
  readonly #workers: () => number;
  readonly #places: () => number;
  /** Tasks that wait; those before `#head` have been started. */
  #waiting: (() => Promise<void> | void)[] = [];
  #head = 0;
  #busy = 0;
  #idle: (() => void)[] = [];

  /** @param workers tasks that run at once; @param places tasks that may wait. Both are asked each time: settings change. */
  constructor(workers: () => number, places: () => number) {
    this.#workers = workers;
    this.#places = places;
  }

  /** Runs the task now or later; false when there is no place. A task must not throw or reject. */
  run(task: () => Promise<void> | void): boolean {
    if (this.#busy < this.#workers() && this.#head === this.#waiting.length) {
      this.#start(task);
      return true;
    }
    if (this.#waiting.length - this.#head >= this.#places()) return false;
    this.#waiting.push(task);
    return true;
  }

  /** Resolves when nothing runs or waits. */
  drained(): Promise<void> {
    if (this.#busy === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  get waiting(): number {
    return this.#waiting.length - this.#head;
  }

  #start(task: () => Promise<void> | void): void {
    this.#busy += 1;
    const running = task();
    // What answers at once costs no promise.
    if (running === undefined) this.#busy -= 1;
    else running.then(() => this.#finished());
  }

  #finished(): void {
    this.#busy -= 1;
    while (this.#busy < this.#workers() && this.#head < this.#waiting.length) {
      const task = this.#waiting[this.#head]!;
      this.#head += 1;
      if (this.#head > 1_024 && this.#head * 2 > this.#waiting.length) {
        this.#waiting = this.#waiting.slice(this.#head);
        this.#head = 0;
      }
      this.#start(task);
    }
    if (this.#busy > 0) return;
    this.#waiting = [];
    this.#head = 0;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
