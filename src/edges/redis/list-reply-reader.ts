/** Redis holds no longer string. */
const MOST_BYTES = 512 * 1_024 * 1_024;
/** A longer line is none of a reply to LRANGE. */
const MOST_LINE_BYTES = 65_536;
const CR = 13;
const ARRAY = '*'.charCodeAt(0);
const STRING = '$'.charCodeAt(0);
const ERROR = '-'.charCodeAt(0);
const ZERO = '0'.charCodeAt(0);
const BETWEEN_REPLIES = -1;
const none = new Uint8Array(0);

/** What came back for one LRANGE: the elements, or the text of an error reply. */
export type ListReply = readonly Uint8Array[] | { readonly refusal: string };

/**
 * Reads replies to LRANGE from the bytes of a connection, however they are cut (RESP2: an array of strings). The client library takes a
 * microsecond for an element, this a fifth of it: an element is a view of the chunk that it came in, or a copy where it came in two.
 */
export class ListReplyReader {
  readonly #onReply: (reply: ListReply) => void;
  #records: Uint8Array[] = [];
  /** Elements of the list that is being read. */
  #wanted = BETWEEN_REPLIES;
  /** An element whose end is still to come, and how much of it is there. */
  #open: Uint8Array | undefined;
  #filled = 0;
  /** Bytes of the line end behind an element that are still to come. */
  #skip = 0;
  /** The beginning of a line. */
  #rest = none;

  constructor(onReply: (reply: ListReply) => void) {
    this.#onReply = onReply;
  }

  /** Takes the next bytes; they belong to the reader. Throws an Error for what is no reply to LRANGE: nothing can be read behind it. */
  take(chunk: Uint8Array): void {
    let bytes = this.#fill(chunk);
    if (this.#rest.length > 0) {
      bytes = joined(this.#rest, bytes);
      this.#rest = none;
    }
    // To ask for the buffer is dear, and so is it to let the engine search for the end of a line of some bytes.
    const { buffer, byteOffset, length } = bytes;
    for (let at = 0; at < length; ) {
      let lineEnd = at + 1;
      while (lineEnd < length && bytes[lineEnd] !== CR) lineEnd++;
      if (lineEnd + 1 >= length) {
        if (length - at > MOST_LINE_BYTES) throw new Error('a line of a reply is too long');
        this.#rest = bytes.slice(at);
        return;
      }
      const next = lineEnd + 2;
      const kind = bytes[at];
      if (kind === STRING && this.#wanted !== BETWEEN_REPLIES) {
        const size = numberIn(bytes, at + 1, lineEnd);
        at = next + size + 2;
        if (at > length) {
          this.#begin(size, bytes.subarray(next));
          return;
        }
        this.#records.push(new Uint8Array(buffer, byteOffset + next, size));
        this.#endIfWhole();
      } else if (kind === ARRAY && this.#wanted === BETWEEN_REPLIES) {
        this.#wanted = numberIn(bytes, at + 1, lineEnd);
        this.#endIfWhole();
        at = next;
      } else if (kind === ERROR && this.#wanted === BETWEEN_REPLIES) {
        this.#onReply({ refusal: new TextDecoder().decode(bytes.subarray(at + 1, lineEnd)) });
        at = next;
      } else throw new Error(`a reply to LRANGE has a part of kind ${kind}`);
    }
  }

  /** The front of an element; what is missing of it comes in the next chunks. */
  #begin(size: number, front: Uint8Array): void {
    this.#open = new Uint8Array(size);
    this.#filled = 0;
    this.#skip = 2;
    this.#fill(front);
  }

  /** Goes on with the element that is open. Gives the bytes behind it. */
  #fill(chunk: Uint8Array): Uint8Array {
    const open = this.#open;
    if (open === undefined) return chunk;
    const taken = Math.min(open.length - this.#filled, chunk.length);
    open.set(chunk.subarray(0, taken), this.#filled);
    this.#filled += taken;
    const skipped = Math.min(this.#skip, chunk.length - taken);
    this.#skip -= skipped;
    if (this.#skip === 0) {
      this.#open = undefined;
      this.#records.push(open);
      this.#endIfWhole();
    }
    return chunk.subarray(taken + skipped);
  }

  #endIfWhole(): void {
    if (this.#records.length < this.#wanted) return;
    const records = this.#records;
    this.#records = [];
    this.#wanted = BETWEEN_REPLIES;
    this.#onReply(records);
  }
}

function numberIn(bytes: Uint8Array, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) throw new Error('a length in a reply is no number');
    number = number * 10 + digit;
  }
  if (from === to || number > MOST_BYTES) throw new Error('a length in a reply is out of bounds');
  return number;
}

function joined(front: Uint8Array, back: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(front.length + back.length);
  bytes.set(front);
  bytes.set(back, front.length);
  return bytes;
}
