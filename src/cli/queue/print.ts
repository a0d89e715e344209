import process from 'node:process';
import { EXIT_CODES } from '../exit-codes.ts';
import { CommandFailure } from './queue-command.ts';

/** Resolves when standard output has taken it. Rejects with a CommandFailure that ends the command, in peace when its reader has left. */
export function print(text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (!error) resolve();
      else if ('code' in error && error.code === 'EPIPE') reject(new CommandFailure(EXIT_CODES.ok, ''));
      else reject(new CommandFailure(EXIT_CODES.output, `standard output can't be written: ${error.message}`));
    });
  });
}

/** Words beside the result, on standard error. */
export function note(text: string): void {
  process.stderr.write(`kdmq: ${text}\n`);
}
