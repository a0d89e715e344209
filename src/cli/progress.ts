import type { Clock } from '../ports/clock.ts';

const EACH_MS = 200;
const FIRST_MS = 1_000;

const CELLS = 24;

/** `[########----------------]  33 % `, from 0 to 1; empty where nobody knows how much there is to do. */
export function progressBar(done: number | undefined): string {
  if (done === undefined || Number.isNaN(done)) return '';
  const part = Math.min(1, Math.max(0, done));
  const full = Math.floor(part * CELLS);
  return `[${'#'.repeat(full)}${'-'.repeat(CELLS - full)}] ${String(Math.floor(part * 100)).padStart(3)} % `;
}

/** Where progress is shown: a terminal, or something else, where it is not. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** One line that is written over again and again on a terminal, once something takes longer than a second. */
export class Progress {
  readonly #stream: ProgressStream;
  readonly #clock: Clock;
  #next: number;
  #shown = false;

  constructor(stream: ProgressStream, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
    this.#next = clock.now() + FIRST_MS;
  }

  /** Cheap where nothing is to be shown. */
  show(text: () => string): void {
    const now = this.#clock.now();
    if (this.#stream.isTTY !== true || now < this.#next) return;
    this.#next = now + EACH_MS;
    this.#shown = true;
    this.#stream.write(`\r\u001b[K${text()}`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#shown) this.#stream.write('\r\u001b[K');
    this.#shown = false;
  }
}
