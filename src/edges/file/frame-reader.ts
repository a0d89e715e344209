import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { type FrameKind, frameHeadBytes, frameMark, getNumber, markOffset } from './frame.ts';
import { RecordSlab } from './record-slab.ts';

/** Bytes that are read at once; more only for a frame that is longer. */
const CHUNK = 1_048_576;

/**
 * Walks over the frames of an open file from one byte to another. `step` looks at the next frame without waiting; where it says `more`, `fill`
 * reads on. What it reads is checked; memory is bounded by the longest frame.
 */
export class FrameReader {
  readonly #file: FileHandle;
  readonly #end: number;
  readonly #slab = new RecordSlab();
  #bytes = new Uint8Array(0);
  #filled = 0;
  #at = 0;
  #offset: number;
  #wanted = 0;
  #payloadStart = 0;
  #kind = 0;

  /** @param offset where a frame begins; @param end the byte after the last one that counts. */
  constructor(file: FileHandle, offset: number, end: number) {
    this.#file = file;
    this.#offset = offset;
    this.#end = end;
  }

  /** Where in the file the next frame begins; the damaged one after `damaged`. */
  get offset(): number {
    return this.#offset;
  }

  step(): 'frame' | 'more' | 'end' | 'damaged' {
    const left = this.#end - this.#offset;
    if (left === 0) return 'end';
    if (left < frameHeadBytes) return 'damaged';
    const here = this.#filled - this.#at;
    if (here < frameHeadBytes) return this.#want(frameHeadBytes);
    const bytes = this.#bytes;
    const at = this.#at;
    const size = frameHeadBytes + getNumber(bytes, at + 8);
    if (size > left || !marked(bytes, at)) return 'damaged';
    if (here < size) return this.#want(size);
    if (crc32(bytes.subarray(at + markOffset, at + size)) !== getNumber(bytes, at)) return 'damaged';
    this.#kind = bytes[at + 7]!;
    this.#payloadStart = at + frameHeadBytes;
    this.#at += size;
    this.#offset += size;
    return 'frame';
  }

  /** Of the frame that `step` has found. */
  get kind(): FrameKind | number {
    return this.#kind;
  }

  /** A copy of the payload of the frame that `step` has found. */
  payload(): Uint8Array {
    return this.#slab.copy(this.#bytes, this.#payloadStart, this.#at);
  }

  /** Reads what `step` misses. A file that is shorter than was said shows as damaged. */
  async fill(): Promise<void> {
    const size = Math.min(Math.max(CHUNK, this.#wanted), this.#end - this.#offset);
    const rest = this.#bytes.subarray(this.#at, this.#filled);
    const bytes = this.#bytes.length === size ? this.#bytes : new Uint8Array(size);
    bytes.set(rest);
    let filled = rest.length;
    while (filled < size) {
      const { bytesRead } = await this.#file.read(bytes, filled, size - filled, this.#offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    // Zeros instead of what is missing: no frame begins with them, and none has their checksum.
    bytes.fill(0, filled);
    this.#bytes = bytes;
    this.#at = 0;
    this.#filled = size;
  }

  #want(bytes: number): 'more' {
    this.#wanted = bytes;
    return 'more';
  }
}

function marked(bytes: Uint8Array, at: number): boolean {
  const mark = at + markOffset;
  return bytes[mark] === frameMark[0] && bytes[mark + 1] === frameMark[1] && bytes[mark + 2] === frameMark[2];
}
