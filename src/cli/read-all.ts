import { addAbortSignal, type Readable } from 'node:stream';
import { CommandFailure } from './command-failure.ts';
import { EXIT_CODES } from './exit-codes.ts';

/** More than a node takes, and than a string of JavaScript can hold as JSON; a device or a program without an end gives more. */
const LONGEST_MIB = 256;

/** All that a stream gives, which is called `name`. Rejects when the signal is aborted, and with a CommandFailure when there is no end to it. */
export async function readAll(stream: Readable, name: string, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of addAbortSignal(signal, stream) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_MIB * 1_048_576) {
      throw new CommandFailure(EXIT_CODES.data, `${name} is longer than ${LONGEST_MIB} MiB`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
