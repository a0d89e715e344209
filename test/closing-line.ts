import { writeSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/** Of each failure so much is said, so that several fit into the end of a log. */
const REASON_LENGTH = 1_000;

/**
 * Vitest reporter that prints `N passed, N failed, N skipped` as the last line of the process, after the coverage; above it what
 * failed and why, in short: of a log often only the end is kept.
 * Tests are counted, not files. A file that can't be loaded, a failed hook and an error outside of any test count as one
 * failed each. A run in which no test ran has failed.
 */
export class ClosingLine implements Reporter {
  #passed = 0;
  #failed = 0;
  #skipped = 0;
  readonly #failures: string[] = [];

  onInit(): void {
    process.once('exit', () => {
      if (this.#passed + this.#failed === 0) process.exitCode = 1;
      for (const failure of this.#failures) writeSync(1, `${failure}\n`);
      writeSync(1, `${this.#passed} passed, ${this.#failed} failed, ${this.#skipped} skipped\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    this.#passed = 0;
    this.#failed = 0;
    this.#skipped = 0;
    this.#failures.length = 0;
    for (const error of unhandledErrors) this.#fail('outside of any test', [error]);
    for (const module of modules) {
      const file = relative(process.cwd(), module.moduleId);
      for (const error of module.errors()) this.#fail(file, [error]);
      for (const suite of module.children.allSuites()) {
        for (const error of suite.errors()) this.#fail(`${file} > ${suite.fullName}`, [error]);
      }
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result();
        if (state === 'passed') this.#passed += 1;
        else if (state === 'failed') this.#fail(`${file} > ${test.fullName}`, errors);
        else this.#skipped += 1;
      }
    }
  }

  #fail(where: string, errors: readonly SerializedError[]): void {
    this.#failed += 1;
    const reasons = errors.map(({ message, diff }) => stripVTControlCharacters(`${message}\n${diff ?? ''}`).trim());
    const reason = reasons.join('\n').slice(0, REASON_LENGTH).replaceAll('\n', '\n  ');
    this.#failures.push(`failed: ${where}\n  ${reason}`);
  }
}
