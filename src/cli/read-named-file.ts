import { readFile } from 'node:fs/promises';
import { whyUnreadable } from '../core/why-unreadable.ts';
import { CommandFailure } from './command-failure.ts';
import { EXIT_CODES } from './exit-codes.ts';

/** A file, and the option or variable that names it. */
export interface NamedFile {
  readonly path: string;
  readonly by: string;
}

/** What is in a file. Rejects with a CommandFailure that says who names it and what is wrong with it. */
export function readNamedFile({ path, by }: NamedFile): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw new CommandFailure(EXIT_CODES.missing, `${by}: ${path} ${whyUnreadable(error)}`, { cause: error });
  });
}
