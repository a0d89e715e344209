/** The bytes that all queues of a process may hold together, so that many queues can't do what one is kept from. */
export class ByteBudget {
  #limit: number;
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get limit(): number {
    return this.#limit;
  }

  get used(): number {
    return this.#used;
  }

  /** Whether `bytes` more fit; they are counted when they do, and nothing is when they don't. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#limit) return false;
    this.#used += bytes;
    return true;
  }

  /** Gives back what was taken. */
  give(bytes: number): void {
    this.#used -= bytes;
  }

  /** A limit below what is used takes nothing away: nothing more fits until enough has been given back. */
  setLimit(limit: number): void {
    this.#limit = limit;
  }
}
