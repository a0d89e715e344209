import { spawn } from 'node:child_process';
import { MAIN } from './run-command.ts';

/** A `kdmq` on a terminal of its own, made by script(1). `await using` hangs it up with the test. */
export class Terminal {
  readonly #child;
  /** Resolves with the exit code of the command. */
  readonly ended: Promise<number | null>;
  #screen = '';

  /** `size` is the window's, as stty takes it. */
  constructor(args: readonly string[], environment: Readonly<Record<string, string>>, size = 'rows 20 cols 80') {
    const quoted = [process.execPath, MAIN, ...args].map((word) => `'${word}'`).join(' ');
    const line = `stty ${size}; tty; ${quoted}; code=$?; stty -a | tr ';' '\\n' | grep -w icanon; exit $code`;
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    const env = { PATH, NODE_COMPILE_CACHE, TERM: 'xterm-256color', ...environment };
    this.#child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], { env, stdio: 'pipe' });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#screen += text;
    });
    this.ended = new Promise((resolve, reject) => this.#child.on('error', reject).on('close', resolve));
  }

  /** All that was written to it. */
  get written(): string {
    return this.#screen;
  }

  /** The name of its device, once it is known. */
  get device(): string {
    return /\/dev\/pts\/\d+/.exec(this.#screen)?.[0] ?? '';
  }

  press(keys: string): void {
    this.#child.stdin.write(keys);
  }

  /** Whoever is still on it gets SIGHUP. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}
