import process from 'node:process';
import type { Room } from './top-lines.ts';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const CONTROL_C = '\u0003';

/** The whole terminal, given back as it was at the end, also when the process is ended in between. */
export class LiveScreen {
  readonly #ended = new AbortController();
  readonly #resized: () => void;
  readonly #leave = (): void => void process.stdout.write(LEAVE);
  readonly #key = (keys: string): void => {
    if (/q/i.test(keys) || keys.includes(CONTROL_C)) this.#ended.abort();
  };

  /** Takes the terminal. `resized` is called when its window has another size. */
  constructor(resized: () => void) {
    this.#resized = resized;
    process.stdout.write(ENTER);
    process.stdout.on('resize', resized);
    process.once('exit', this.#leave);
    if (process.stdin.isTTY) process.stdin.setRawMode(true).setEncoding('utf8').on('data', this.#key);
  }

  /** Aborted when the user has pressed `q` or Ctrl-C. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  get room(): Room {
    return { columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 };
  }

  /** Replaces what is shown, line by line, so that nothing flickers. */
  show(lines: readonly string[]): void {
    process.stdout.write(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE}`).join('\r\n')}${CLEAR_BELOW}`);
  }

  [Symbol.dispose](): void {
    process.stdout.off('resize', this.#resized);
    process.off('exit', this.#leave);
    if (process.stdin.isTTY) process.stdin.off('data', this.#key).setRawMode(false).pause();
    this.#leave();
  }
}
