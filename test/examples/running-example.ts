import { join, resolve } from 'node:path';
import { expect, vi } from 'vitest';
import { GuardedProcess } from '../guarded-process.ts';

const project = resolve(import.meta.dirname, '../..');

/** A program of examples/ that runs, and what it has printed. `await using` ends it with the test. */
export class RunningExample {
  readonly lines: string[] = [];
  #process: GuardedProcess | undefined;

  /** Use startExample. */
  constructor(process: (onLine: (line: string) => void) => Promise<GuardedProcess>) {
    this.started = process((line) => this.lines.push(line)).then((running) => {
      this.#process = running;
    });
  }

  readonly started: Promise<void>;

  /** Waits until it has printed this. */
  async prints(text: string | RegExp): Promise<void> {
    await vi.waitFor(() => expect(this.lines.join('\n')).toMatch(text), 30_000);
  }

  /** Resolves with its exit code when it has ended by itself. */
  async ends(): Promise<number | null | undefined> {
    return (await this.#process?.exited)?.code;
  }

  /** SIGTERM, as to any service; its exit code. */
  async stop(): Promise<number | null | undefined> {
    await this.#process?.stop();
    return this.ends();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.kill();
  }
}

/** Starts `node examples/<name>.ts`; the package's own name leads to its source, so nothing need be built. */
export async function startExample(name: string, ...args: readonly string[]): Promise<RunningExample> {
  const file = join(project, 'examples', `${name}.ts`);
  const example = new RunningExample((onLine) =>
    GuardedProcess.start(process.execPath, ['--conditions=kdmq-source', file, ...args], { onLine, cwd: project }),
  );
  await example.started;
  return example;
}
