import { CR, LF, SP, TAB } from './byte-classes.ts';
import { UnwritableValueError } from './unwritable-value-error.ts';

/** Messages are written one behind the other into pieces of this size; a larger message gets one of its own. */
const SLAB = 64 * 1024;
/** Under this length a loop is faster than a call into the runtime. */
const SHORT = 48;

/** Writes messages as bytes. What `finish` returns is never written to again. */
export class ByteWriter {
  #slab = Buffer.allocUnsafeSlow(SLAB);
  #start = 0;
  #at = 0;

  /** Ends the message. */
  finish(): Buffer {
    const message = this.#slab.subarray(this.#start, this.#at);
    this.#start = this.#at;
    return message;
  }

  /** Forgets what was written since the last message. */
  discard(): void {
    this.#at = this.#start;
  }

  /** Text that this program has made: ASCII without line ends. */
  ascii(text: string): void {
    this.#reserve(text.length);
    const slab = this.#slab;
    let at = this.#at;
    for (let i = 0; i < text.length; i++) slab[at++] = text.charCodeAt(i);
    this.#at = at;
  }

  /** Text from outside as UTF-8. Throws {@link UnwritableValueError} when it holds a control character but TAB. */
  text(text: string, part: string): void {
    this.#reserve(text.length * 3);
    const slab = this.#slab;
    let at = this.#at;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (c >= 0x7f || (c < SP && c !== TAB)) {
        this.#unusualText(text, part);
        return;
      }
      slab[at++] = c;
    }
    this.#at = at;
  }

  #unusualText(text: string, part: string): void {
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if ((c < SP && c !== TAB) || c === 0x7f) throw new UnwritableValueError(part, 'it holds a control character');
    }
    this.utf8(text);
  }

  /** Text as it is, line ends and all: for bodies. */
  utf8(text: string): void {
    this.#reserve(text.length * 3);
    this.#at += this.#slab.write(text, this.#at, 'utf8');
  }

  /** A whole number from 0 on. */
  number(value: number): void {
    this.#reserve(16);
    if (value < 10) this.#slab[this.#at++] = 0x30 + value;
    else this.ascii(String(value));
  }

  /** A range of other bytes as it is. */
  bytes(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#reserve(length);
    const slab = this.#slab;
    if (length < SHORT) {
      let at = this.#at;
      for (let i = start; i < end; i++) slab[at++] = source[i]!;
    } else {
      slab.set(source.subarray(start, end), this.#at);
    }
    this.#at += length;
  }

  /** A header value of a message, its folding undone. */
  unfolded(source: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    const slab = this.#slab;
    let at = this.#at;
    for (let i = start; i < end; i++) {
      const c = source[i]!;
      slab[at++] = c === CR || c === LF ? SP : c;
    }
    this.#at = at;
  }

  #reserve(size: number): void {
    if (this.#at + size <= this.#slab.length) return;
    const written = this.#at - this.#start;
    const slab = Buffer.allocUnsafeSlow(Math.max(SLAB, (written + size) * 2));
    slab.set(this.#slab.subarray(this.#start, this.#at));
    this.#slab = slab;
    this.#start = 0;
    this.#at = written;
  }
}
