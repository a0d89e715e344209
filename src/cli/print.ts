import process from 'node:process';
import { maskPasswords } from '../core/mask-passwords.ts';
import { CommandFailure } from './command-failure.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { standardOutput } from './standard-output.ts';

/**
 * Resolves when standard output has taken it. Rejects with a CommandFailure that ends the command, in peace when its reader has left.
 * What is wrong has been said then.
 */
export function print(text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    standardOutput().write(text, (error) => {
      if (!error) resolve();
      else
        reject(new CommandFailure('code' in error && error.code === 'EPIPE' ? EXIT_CODES.ok : EXIT_CODES.output, ''));
    });
  });
}

/** Words beside the result, on standard error. */
export function note(text: string): void {
  toStandardError(`kdmq: ${text}\n`);
}

/** All that is said there. Logs of jobs keep it, so passwords in URLs are hidden, whoever quotes them. */
export function toStandardError(text: string): void {
  process.stderr.write(maskPasswords(text));
}
