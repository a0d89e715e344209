import process from 'node:process';
import { EXIT_CODES } from './exit-codes.ts';

let isWatched = false;

/**
 * Standard output of a command that prints. Its reader may have seen enough, as `head` has: that is no error, and nothing is said. Anything
 * else, as a full disk, is said, and the process ends with 73. `kdmq start` writes its log by itself and must not open it a second time.
 */
export function standardOutput(): NodeJS.WriteStream {
  if (!isWatched) process.stdout.on('error', failed);
  isWatched = true;
  return process.stdout;
}

function failed(error: Error): void {
  if ('code' in error && error.code === 'EPIPE') return;
  process.stderr.write(`kdmq: standard output can't be written: ${error.message}\n`);
  // How the command ends is known later.
  process.once('exit', () => {
    process.exitCode ||= EXIT_CODES.output;
  });
}
