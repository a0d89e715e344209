import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { print } from '../print.ts';
import { readLines } from '../read-lines.ts';
import { count } from '../words.ts';
import { type ShownMessage, textOf } from './shown-message.ts';
import type { TraceCommand } from './trace-command.ts';
import type { TraceEnd } from './trace-end.ts';

/** The longest message has 16 MiB, and a third more as base64. */
const LONGEST_LINE = 25_165_824;

/** Prints the messages of a trace (lines of JSON) as they come, until it ends or is called off. */
export async function printTrace(
  pieces: AsyncIterable<Uint8Array>,
  { isVerbose, output }: Pick<TraceCommand, 'isVerbose' | 'output'>,
  signal: AbortSignal,
): Promise<TraceEnd> {
  let messages = 0;
  let dropped = 0;
  try {
    for await (const { bytes } of readLines(pieces, LONGEST_LINE)) {
      const line = read(bytes);
      if (line.time === undefined) {
        const missing = (line.dropped ?? 0) - dropped;
        dropped += missing;
        if (missing > 0)
          await print(output === 'json' ? `${JSON.stringify(line)}\n` : `${count(missing, 'message')} missing here\n`);
        continue;
      }
      messages += 1;
      await print(output === 'json' ? `${JSON.stringify(line)}\n` : textOf(line as ShownMessage, isVerbose));
    }
  } catch (error) {
    if (!signal.aborted || error instanceof CommandFailure) throw error;
  }
  return { words: count(messages, 'message'), messages, dropped };
}

function read(bytes: Uint8Array | undefined): Partial<ShownMessage> & { readonly dropped?: number } {
  try {
    return JSON.parse(Buffer.from(bytes ?? '').toString()) as ReturnType<typeof read>;
  } catch (error) {
    throw new CommandFailure(EXIT_CODES.unavailable, 'what came is no trace: is that a kdmq of this version?', {
      cause: error,
    });
  }
}
