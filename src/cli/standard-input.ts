import process from 'node:process';
import { note } from './print.ts';
import { readAll } from './read-all.ts';

/** All of standard input, which is called `what`. Rejects when the signal is aborted: else a terminal would be waited for in spite of SIGINT. */
export async function readStandardInput(what: string, signal: AbortSignal): Promise<Buffer> {
  sayThatItIsRead(what);
  return readAll(process.stdin, `${what} of standard input`, signal);
}

/** On a terminal nothing else shows that a command waits for what is typed. */
export function sayThatItIsRead(what: string): void {
  if (process.stdin.isTTY) note(`${what} is read from this terminal: Ctrl-D on a line of its own ends it`);
}
