import { Command, type Redis } from 'ioredis';
import { packedBytes, packInto } from './pack-records.ts';
import type { Script } from './partition-scripts.ts';
import { isReply } from './redis-error.ts';

/** What a script answers: a word, then strings; undefined stands for a missing field. */
export type ScriptReply = readonly [word: string, ...fields: (string | undefined)[]];

/** The commands that both clients have. */
export type RedisCommands = Pick<
  Redis,
  'evalsha' | 'eval' | 'hmget' | 'lrangeBuffer' | 'srem' | 'smembers' | 'sendCommand'
>;

/** Runs a script by its hash, and with its text where the server does not know it yet. */
export async function runScript(
  redis: Pick<RedisCommands, 'evalsha' | 'eval'>,
  script: Script,
  flags: boolean,
  keys: readonly string[],
  args: readonly string[],
): Promise<ScriptReply> {
  const { source, sha } = flags ? script.flagged : script.plain;
  const all = [...keys, ...args];
  const reply = await redis.evalsha(sha, keys.length, ...all).catch((error: unknown) => {
    if (!isUnknownScript(error)) throw error;
    return redis.eval(source, keys.length, ...all);
  });
  return replyOf(reply);
}

function isUnknownScript(error: unknown): boolean {
  return isReply(error) && String(error).includes('NOSCRIPT');
}

function replyOf(reply: unknown): ScriptReply {
  if (!Array.isArray(reply)) throw new TypeError('a script answered with no list');
  const [word, ...fields] = reply.map((field: unknown) => (field === null ? undefined : String(field)));
  return [word ?? '', ...fields];
}

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

/** Calls of scripts that carry records, all through one buffer where that is free. */
export class ScriptFrames {
  #spare: Buffer | undefined;

  /** Runs a script with the records packed as its last argument. */
  async run(
    redis: Pick<RedisCommands, 'sendCommand'>,
    script: Script,
    flags: boolean,
    keys: readonly string[],
    args: readonly string[],
    records: readonly Uint8Array[],
  ): Promise<ScriptReply> {
    const { source, sha } = flags ? script.flagged : script.plain;
    try {
      return await this.#send(redis, ['evalsha', sha, String(keys.length), ...keys], args, records);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return this.#send(redis, ['eval', source, String(keys.length), ...keys], args, records);
    }
  }

  async #send(
    redis: Pick<RedisCommands, 'sendCommand'>,
    head: readonly [name: string, ...string[]],
    args: readonly string[],
    records: readonly Uint8Array[],
  ): Promise<ScriptReply> {
    const words = [...head, ...args];
    const payload = packedBytes(records);
    const front = `*${words.length + 1}\r\n${words.map(bulk).join('')}$${payload}\r\n`;
    const frontBytes = Buffer.byteLength(front);
    const length = frontBytes + payload + 2;
    const frame = this.#take(length);
    frame.write(front, 0);
    packInto(frame, frontBytes, records);
    frame.write('\r\n', frontBytes + payload);
    const [name, ...rest] = head;
    const reply = await redis.sendCommand(new FramedCommand(name, rest, frame.subarray(0, length)));
    // Without a reply the client may write the bytes once more; then they are not used for anything else.
    this.#give(frame);
    return replyOf(reply);
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
