import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as after } from 'node:timers/promises';

export interface ProcessOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** A folder of its own, removed when it is gone. */
  readonly folder?: string;
  /** Called with each line that the process writes, stdout and stderr alike. */
  readonly onLine?: (line: string) => void;
  /** Opens a channel to a Node.js program; called with each message that it sends. */
  readonly onMessage?: (message: unknown) => void;
}

/**
 * A program in a process group of its own that never outlives the test process, not even when that is killed with
 * SIGKILL: a shell beside it holds a pipe from here and kills the group when the pipe ends.
 */
export class GuardedProcess {
  readonly pid: number;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Resolves when it is gone and `onLine` has had all that it wrote. */
  readonly closed: Promise<void>;
  readonly #child: ChildProcess;
  #running = true;

  private constructor(child: ChildProcess, pid: number, folder: string | undefined) {
    this.pid = pid;
    this.#child = child;
    const script = 'read -r _; kill -s KILL -- "-$1"; [ -z "$2" ] || rm -rf -- "$2"';
    const guard = spawn('sh', ['-c', script, 'sh', String(pid), folder ?? ''], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    guard.unref();
    this.closed = once(child, 'close').then(() => {});
    this.exited = once(child, 'exit').then(([code, signal]) => {
      this.#running = false;
      guard.stdin?.end(); // kills what the program may have left behind in its group
      return { code, signal };
    });
  }

  /** Rejects when the program can't be started at all. */
  static async start(command: string, args: readonly string[], options: ProcessOptions = {}): Promise<GuardedProcess> {
    const child = spawn(command, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', ...(options.onMessage ? (['ipc'] as const) : [])],
      ...(options.env ? { env: options.env } : {}),
      ...(options.cwd ? { cwd: options.cwd } : {}),
    });
    await once(child, 'spawn');
    const { pid } = child;
    if (pid === undefined) throw new Error(`${command} was not started`);
    for (const stream of [child.stdout, child.stderr]) if (stream) readLines(stream, options.onLine ?? (() => {}));
    if (options.onMessage) child.on('message', options.onMessage);
    return new GuardedProcess(child, pid, options.folder);
  }

  get running(): boolean {
    return this.#running;
  }

  /** Sends a message to a program that was started with `onMessage`. */
  send(message: object): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** Sends a signal to the program itself, as `kill PID` does. */
  signal(signal: NodeJS.Signals): void {
    if (this.#running) process.kill(this.pid, signal);
  }

  /** SIGKILL to the whole group, as when the machine takes the process away; returns when the program is gone. */
  async kill(): Promise<void> {
    if (this.#running) process.kill(-this.pid, 'SIGKILL');
    await this.exited;
  }

  /** SIGTERM, and SIGKILL to the group when the program is not gone by the deadline. Says whether it went by itself. */
  async stop(deadlineMs = 10_000): Promise<boolean> {
    this.signal('SIGTERM');
    const waiting = new AbortController();
    const late = after(deadlineMs, 'late' as const, { signal: waiting.signal }).catch(() => 'late' as const);
    const clean = (await Promise.race([this.exited, late])) !== 'late';
    waiting.abort();
    if (!clean) await this.kill();
    return clean;
  }
}

function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
