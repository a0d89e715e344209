import { whyUnreadable } from '../core/why-unreadable.ts';
import { CommandFailure } from './command-failure.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { openStream } from './open-stream.ts';
import { readAll } from './read-all.ts';

/** A file, and the option or variable that names it. */
export interface NamedFile {
  readonly path: string;
  readonly by: string;
}

/**
 * What is in a file. Rejects when the signal is aborted, and with a CommandFailure that says who names the file and what is wrong with it.
 */
export async function readNamedFile({ path, by }: NamedFile, signal: AbortSignal): Promise<Buffer> {
  try {
    return await readAll(await openStream(path), `${by}: ${path}`, signal);
  } catch (error) {
    if (error instanceof CommandFailure || signal.aborted) throw error;
    throw new CommandFailure(EXIT_CODES.missing, `${by}: ${path} ${whyUnreadable(error)}`, { cause: error });
  }
}
