/** As Node's own pool of buffers: what keeps one small record keeps this much at most. */
const SLAB = 8192;
const LARGE = SLAB / 4;

/** Copies bytes into memory that small records share: an allocation of its own costs some microseconds for each. */
export class RecordSlab {
  #slab = new ArrayBuffer(0);
  #used = 0;

  /** A copy of the bytes from `start` to before `end`. */
  copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const length = end - start;
    if (length > LARGE) return bytes.slice(start, end);
    if (this.#used + length > this.#slab.byteLength) {
      this.#slab = new ArrayBuffer(SLAB);
      this.#used = 0;
    }
    const copy = new Uint8Array(this.#slab, this.#used, length);
    copy.set(bytes.subarray(start, end));
    this.#used += length;
    return copy;
  }
}
