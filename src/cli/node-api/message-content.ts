import { writeBase64 } from '../../core/base64.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { readNamedFile } from '../read-named-file.ts';
import { readStandardInput } from '../standard-input.ts';

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export interface ContentOptions {
  /** The words of the command line. */
  readonly words: string | undefined;
  /** `-` is standard input. */
  readonly file: string | undefined;
  /** What people call it: "value". */
  readonly what: string;
}

/**
 * What is sent: the words of the command line as they are, the content of a file, or standard input where neither is given. A standard input
 * that nobody has asked for and that is empty, as that of cron, is most likely a mistake.
 */
export async function contentOf({ words, file, what }: ContentOptions, signal: AbortSignal): Promise<Uint8Array> {
  if (words !== undefined && file !== undefined) {
    throw new CommandFailure(EXIT_CODES.usage, 'give the content as an argument or with --file, not both');
  }
  if (words !== undefined) return Buffer.from(words);
  if (file !== undefined && file !== '-') return readNamedFile({ path: file, by: '--file' }, signal);
  const bytes = await readStandardInput(`the ${what}`, signal);
  if (bytes.length > 0 || file === '-') return bytes;
  throw new CommandFailure(
    EXIT_CODES.usage,
    `no ${what} is given, and standard input is empty: for an empty ${what} give '' as the argument, or --file - to take standard input as it is`,
  );
}

/** Undefined for bytes that are no UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Bytes as the API has them in an item. */
export function itemBytes(bytes: Uint8Array): string | { readonly base64: string } {
  return textOf(bytes) ?? { base64: writeBase64(bytes) };
}
