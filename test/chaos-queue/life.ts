import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { GuardedProcess } from '../guarded-process.ts';
import type { DiaryLine, LifePlan } from './diary.ts';

const program = fileURLToPath(new URL('chaos-node.ts', import.meta.url));
/** Beyond it a process counts as one that hangs. */
const LONGEST_STEP_MS = 60_000;

/** A process that lives until it is killed or stopped, and the lines that it has written. */
export class Life {
  readonly lines: DiaryLine[] = [];
  /** What it has written beside its diary: a crash. */
  readonly noise: string[] = [];
  readonly #waiting = new Set<() => void>();
  #process: GuardedProcess | undefined;

  static async start(plan: LifePlan, compiled: string): Promise<Life> {
    const life = new Life();
    life.#process = await GuardedProcess.start(process.execPath, [program, JSON.stringify(plan)], {
      env: { ...process.env, NODE_COMPILE_CACHE: compiled },
      onLine: (line) => life.#take(line),
    });
    void life.#process.exited.then(() => life.#wake());
    return life;
  }

  /** Resolves when it has written such a line, or has ended. Rejects when neither happens for a minute. */
  async reached(line: DiaryLine['line']): Promise<void> {
    await this.#until(line, () => this.#hasWritten(line));
  }

  /** Resolves when it has written so many lines in all, when it has no more to do, when it has ended, or after some time. */
  async written(lines: number, deadlineMs: number): Promise<void> {
    const late = after(deadlineMs, true);
    let isOver = false;
    void late.then(() => {
      isOver = true;
      this.#wake();
    });
    await this.#until(`${lines} lines`, () => isOver || this.lines.length >= lines || this.#hasWritten('idle'));
  }

  terminate(): void {
    this.#process?.signal('SIGTERM');
  }

  /** SIGKILL; resolves when it is gone and all that it has written is here. */
  async kill(): Promise<void> {
    await this.#process?.kill();
    await this.#process?.closed;
  }

  /** Resolves when it has ended by itself, with its exit code. */
  async ended(): Promise<number | null> {
    const { exited, closed } = this.#process!;
    await this.#until('its end', () => this.#process?.running === false);
    await closed;
    return (await exited).code;
  }

  #hasWritten(wanted: DiaryLine['line']): boolean {
    return this.lines.some(({ line }) => line === wanted);
  }

  async #until(what: string, isThere: () => boolean): Promise<void> {
    const start = performance.now();
    while (!isThere() && this.#process?.running === true) {
      const left = LONGEST_STEP_MS - (performance.now() - start);
      if (left <= 0) throw new Error(`a process hangs: ${what} did not come within ${LONGEST_STEP_MS} ms`);
      const { promise, resolve } = Promise.withResolvers<void>();
      const late = setTimeout(resolve, left);
      this.#waiting.add(resolve);
      await promise;
      clearTimeout(late);
      this.#waiting.delete(resolve);
    }
  }

  #take(text: string): void {
    try {
      this.lines.push(JSON.parse(text) as DiaryLine);
    } catch {
      // The last line of a process that was killed may be cut.
      this.noise.push(text);
    }
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}
