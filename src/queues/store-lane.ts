/** Runs tasks one after another, in order of arrival: a store wants one call at a time for each partition. */
export class StoreLane {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves or rejects as the task does. A task that fails does not stop the next. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {});
    return result;
  }
}
