/** How many connections others have opened to us, in all and by address, and how many may. */
export class ConnectionCensus {
  readonly #total: number;
  readonly #perAddress: number;
  readonly #byAddress = new Map<string, number>();
  #count = 0;

  constructor(total: number, perAddress: number) {
    this.#total = total;
    this.#perAddress = perAddress;
  }

  get count(): number {
    return this.#count;
  }

  /** Counts a new connection in, or says which limit it would break. */
  admit(address: string): 'admitted' | 'total' | 'per_address' {
    const own = this.#byAddress.get(address) ?? 0;
    if (this.#count >= this.#total) return 'total';
    if (own >= this.#perAddress) return 'per_address';
    this.#byAddress.set(address, own + 1);
    this.#count++;
    return 'admitted';
  }

  /** Counts an admitted connection out. */
  release(address: string): void {
    const own = this.#byAddress.get(address) ?? 0;
    if (own <= 1) this.#byAddress.delete(address);
    else this.#byAddress.set(address, own - 1);
    this.#count--;
  }
}
