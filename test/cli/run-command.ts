import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';

export const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** A start takes a second, on a machine with much else to do up to half a minute. */
const DEADLINE_MS = 60_000;

/** A `kdmq` process and what it has written so far. */
export interface Command {
  readonly process: ChildProcessWithoutNullStreams;
  readonly output: () => string;
  readonly errors: () => string;
  /** Resolves when it has ended: exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** Starts `node <entry> args…` with nothing in its environment but PATH, where it keeps what it compiled, and `environment`. */
export function startCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  entry = MAIN,
): Command {
  const { PATH = '', NODE_COMPILE_CACHE = '' } = process.env;
  const env = { PATH, NODE_COMPILE_CACHE, ...environment };
  const child = spawn(process.execPath, [entry, ...args], { env, stdio: 'pipe' });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = new Promise<number | string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  return { process: child, output: () => output, errors: () => errors, ended };
}

export interface CommandResult {
  readonly code: number | string;
  readonly output: string;
  readonly errors: string;
}

/** Runs a command to its end. */
export async function runCommand(
  args: readonly string[],
  environment?: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  const command = startCommand(args, environment);
  const code = await command.ended;
  return { code, output: command.output(), errors: command.errors() };
}

/** Waits until the command has written something. Rejects when it ends without. */
export function written(command: Command, text: string): Promise<void> {
  return waitFor(command, () => command.output().includes(text), text);
}

/** Waits until the command has written something to standard error. Rejects when it ends without. */
export function said(command: Command, text: string): Promise<void> {
  return waitFor(command, () => command.errors().includes(text), text);
}

async function waitFor(command: Command, isThere: () => boolean, text: string): Promise<void> {
  let code: number | string | undefined;
  void command.ended.then((how) => {
    code = how;
  });
  await vi.waitUntil(() => isThere() || code !== undefined, DEADLINE_MS).catch(() => {});
  if (isThere()) return;
  const state = code === undefined ? 'it runs on' : `it ended with ${code}`;
  throw new Error(`"${text}" was not written, ${state}:\n${command.output()}${command.errors()}`);
}
