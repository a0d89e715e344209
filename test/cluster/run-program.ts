import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

export interface RunOptions {
  /** What the program reads: manifests for `apply -f -`. */
  readonly input?: string;
  /** The program is ended after this time; 60 s when left out. */
  readonly deadlineMs?: number;
}

/** A program that ended with another exit code than 0, or was ended because it took too long. */
class ProgramFailed extends Error {
  readonly code = 'PROGRAM_FAILED';
  /** What it wrote to standard error. */
  readonly complaint: string;
  /** What it wrote to standard output. */
  readonly output: string;

  constructor(command: string, complaint: string, output: string) {
    super(`${command}: ${complaint}`);
    this.name = 'ProgramFailed';
    this.complaint = complaint;
    this.output = output;
  }
}

/** Runs a program and gives what it printed. Rejects with ProgramFailed when it fails or takes too long. */
export async function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { input = '', deadlineMs = 60_000 } = options;
  const child = spawn(program, args, { timeout: deadlineMs, stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  child.stdin.on('error', () => {}); // it may end before it has read everything
  child.stdin.end(input);
  const [code, output, complaint] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code === 0) return output;
  throw new ProgramFailed(`${program} ${args.join(' ')}`, complaint.trim() || `ended after ${deadlineMs} ms`, output);
}
