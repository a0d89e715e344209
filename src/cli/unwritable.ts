import { CommandFailure } from './command-failure.ts';
import { EXIT_CODES } from './exit-codes.ts';

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'a part of its path is not a directory',
  EISDIR: 'it is a directory',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EROFS: 'its file system is read-only',
  ENOSPC: 'no room is left',
};

/** Why a file that an option names was not written, in plain words where there are some. */
export function unwritable(option: string, path: string, error: unknown): CommandFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const why = WORDS[code] ?? (error instanceof Error ? error.message : String(error));
  return new CommandFailure(EXIT_CODES.output, `${option}: ${path} can't be written: ${why}`, { cause: error });
}
