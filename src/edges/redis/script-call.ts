import { Command } from 'ioredis';
import { packedBytes, packInto } from './pack-records.ts';

/** A frame that is kept for the next call; longer ones are let go. */
const KEPT_BYTES = 8_388_608;
const LEAST_BYTES = 524_288;

/**
 * A command whose bytes are written by hand: records go straight from where they are into the bytes that leave by the socket. The client
 * would copy them once more, and each copy of many megabytes makes the garbage collector look at a million records again.
 */
class FramedCommand extends Command {
  readonly #frame: Buffer;

  /** `head` are the arguments in front, in which the client looks for keys. */
  constructor(name: string, head: readonly string[], frame: Buffer) {
    super(name, [...head], { replyEncoding: 'utf8' });
    this.#frame = frame;
  }

  override toWritable(): Buffer {
    return this.#frame;
  }
}

/** Frames of calls that carry records, one buffer used again and again. */
export class ScriptFrames {
  #spare: Buffer | undefined;

  /**
   * EVALSHA (or EVAL) with the records packed as the last argument. `done` gives the bytes back and is to be called only when the reply
   * is there: until then the client may have to write them once more.
   */
  command(
    name: 'evalsha' | 'eval',
    script: string,
    keys: readonly string[],
    args: readonly string[],
    records: readonly Uint8Array[],
  ): { readonly command: Command; done(): void } {
    const head = [script, String(keys.length), ...keys];
    const words = [name, ...head, ...args];
    const payload = packedBytes(records);
    const front = `*${words.length + 1}\r\n${words.map(bulk).join('')}$${payload}\r\n`;
    const frontBytes = Buffer.byteLength(front);
    const length = frontBytes + payload + 2;
    const whole = this.#take(length);
    whole.write(front, 0);
    packInto(whole, frontBytes, records);
    whole.write('\r\n', frontBytes + payload);
    return { command: new FramedCommand(name, head, whole.subarray(0, length)), done: () => this.#give(whole) };
  }

  #take(length: number): Buffer {
    const spare = this.#spare;
    if (spare === undefined || spare.length < length) return Buffer.allocUnsafe(Math.max(length, LEAST_BYTES));
    this.#spare = undefined;
    return spare;
  }

  #give(frame: Buffer): void {
    if (frame.length <= KEPT_BYTES && frame.length > (this.#spare?.length ?? 0)) this.#spare = frame;
  }
}

function bulk(word: string): string {
  return `$${Buffer.byteLength(word)}\r\n${word}\r\n`;
}
