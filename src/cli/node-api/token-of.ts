import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { readNamedFile } from '../read-named-file.ts';
import type { ApiOptions } from './api-options.ts';

const RIGHT = 'it is printable ASCII without blanks, as http_write_token_file has it';

/** The token that the options mean; undefined for none. What is none is refused with a CommandFailure, which does not hold it. */
export async function tokenOf(
  { token, tokenFile }: Pick<ApiOptions, 'token' | 'tokenFile'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (tokenFile === undefined) {
    if (token === undefined || isToken(token)) return token || undefined;
    throw new CommandFailure(EXIT_CODES.usage, `the token of --token or KDMQ_TOKEN is none: ${RIGHT}`);
  }
  const [line = ''] = (await readNamedFile(tokenFile, signal)).toString().split(/\r?\n/, 1);
  const read = line.trim();
  const { by, path } = tokenFile;
  if (read === '')
    throw new CommandFailure(EXIT_CODES.data, `${by}: ${path} has nothing in its first line, where the token stands`);
  if (isToken(read)) return read;
  throw new CommandFailure(EXIT_CODES.data, `${by}: the first line of ${path} is no token: ${RIGHT}`);
}

function isToken(text: string): boolean {
  return !/[^!-~]/.test(text);
}
