/** What has happened in all rounds. */
export class ChaosTally {
  readonly #counts = new Map<string, number>();
  items = 0;
  rounds = 0;

  count(what: string, times = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + times);
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  /** One line: what happened how often, the most frequent first. */
  toString(): string {
    const sorted = [...this.#counts].sort(([, one], [, other]) => other - one);
    return sorted.map(([what, times]) => `${times} ${what}`).join(', ');
  }
}
