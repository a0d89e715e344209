import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { writeItemLine } from '../../core/mqueue/item-line.ts';
import { print } from '../print.ts';
import { unwritable } from '../unwritable.ts';
import type { ItemSink } from './item-sink.ts';

const LONGEST_TEXT = 1_048_576;
/** So much is held back until it is known to be whole. */
const HELD_BYTES = 16_777_216;

/** Lines of JSON on standard output. */
export class OutputSink implements ItemSink {
  #held: string[] = [];
  #bytes = 0;
  #left = false;

  async mark(): Promise<void> {
    await this.#flush();
    this.#left = false;
  }

  async write(records: readonly Uint8Array[], partition: string): Promise<void> {
    for (const text of textsOf(records, partition)) {
      this.#held.push(text);
      this.#bytes += text.length;
      if (this.#bytes > HELD_BYTES) await this.#flush();
    }
  }

  async rewind(): Promise<boolean> {
    if (this.#left) return false;
    this.#held = [];
    this.#bytes = 0;
    return true;
  }

  finish(): Promise<void> {
    return this.#flush();
  }

  async abandon(): Promise<void> {}

  async #flush(): Promise<void> {
    const held = this.#held;
    this.#held = [];
    this.#bytes = 0;
    if (held.length > 0) this.#left = true;
    for (const text of held) await print(text);
  }
}

/** Lines of JSON in a file, which is there whole or not at all. */
export class FileSink implements ItemSink {
  readonly #path: string;
  readonly #part: string;
  #file: FileHandle | undefined;
  #bytes = 0;
  #mark = 0;

  constructor(path: string) {
    this.#path = path;
    this.#part = `${path}.${randomBytes(6).toString('hex')}.part`;
  }

  async mark(): Promise<void> {
    this.#file ??= await this.#tried(() => open(this.#part, 'wx', 0o640));
    this.#mark = this.#bytes;
  }

  async write(records: readonly Uint8Array[], partition: string): Promise<void> {
    for (const text of textsOf(records, partition)) await this.writeBytes(Buffer.from(text));
  }

  /** Lines that are there already, or a part of some. */
  async writeBytes(bytes: Uint8Array): Promise<void> {
    if (this.#file === undefined) await this.mark();
    await this.#tried(() => this.#file?.writeFile(bytes));
    this.#bytes += bytes.length;
  }

  async rewind(): Promise<boolean> {
    await this.#tried(() => this.#file?.truncate(this.#mark));
    // What is written next goes on at the end.
    await this.#file?.close();
    this.#file = await this.#tried(() => open(this.#part, 'a', 0o640));
    this.#bytes = this.#mark;
    return true;
  }

  async finish(): Promise<void> {
    await this.mark();
    await this.#tried(() => this.#file?.sync());
    await this.#file?.close();
    this.#file = undefined;
    await this.#tried(() => rename(this.#part, this.#path));
  }

  async abandon(): Promise<void> {
    await this.#file?.close().catch(() => {});
    this.#file = undefined;
    await rm(this.#part, { force: true }).catch(() => {});
  }

  async #tried<T>(work: () => Promise<T> | undefined): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      throw unwritable('--to', this.#path, error);
    }
  }
}

/** The lines, some of them together. */
function* textsOf(records: readonly Uint8Array[], partition: string): Generator<string> {
  let text = '';
  for (const record of records) {
    text += `${writeItemLine(record, partition)}\n`;
    if (text.length < LONGEST_TEXT) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}
