import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { buffer } from 'node:stream/consumers';
import { writeBase64 } from '../../core/base64.ts';
import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What is sent: the words of the command line as they are, the content of a file, or standard input where neither is given. */
export async function contentOf(words: string | undefined, file: string | undefined): Promise<Uint8Array> {
  if (words !== undefined && file !== undefined) {
    throw new CommandFailure(EXIT_CODES.usage, 'give the content as an argument or with --file, not both');
  }
  if (words !== undefined) return Buffer.from(words);
  if (file === undefined || file === '-') return buffer(process.stdin);
  return readFile(file).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(EXIT_CODES.missing, `${file} can't be read: ${why}`);
  });
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
