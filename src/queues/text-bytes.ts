const encoder = new TextEncoder();
/** Longer texts get bytes of their own. */
const scratchBytes = 4_096;

/** Keys or values as bytes, without a buffer for each: what it gives for a text is right until the next call. */
export class TextBytes {
  readonly #scratch = new Uint8Array(scratchBytes);

  of(text: string | Uint8Array): Uint8Array {
    if (typeof text !== 'string') return text;
    // A UTF-16 unit takes three bytes at most.
    if (text.length * 3 > scratchBytes) return encoder.encode(text);
    return this.#scratch.subarray(0, encoder.encodeInto(text, this.#scratch).written);
  }
}
