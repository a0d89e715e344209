const MOST_SHOWN = 20;

/** What was wrong with items, line by line: all are counted, the first ones are named. */
export class BadList {
  readonly #shown: string[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(text: string): void {
    this.#count += 1;
    if (this.#shown.length < MOST_SHOWN) this.#shown.push(text);
  }

  /** As it was when it had so many. */
  backTo(count: number): void {
    this.#count = Math.min(this.#count, count);
    this.#shown.length = Math.min(this.#shown.length, count);
  }

  /** Indented lines for people. */
  lines(): string {
    const more = this.#count - this.#shown.length;
    return [...this.#shown, ...(more > 0 ? [`and ${more.toLocaleString('en')} more`] : [])]
      .map((line) => `  ${line}\n`)
      .join('');
  }
}
