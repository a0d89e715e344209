import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const project = resolve(import.meta.dirname, '..');

describe('the closing line of a test run', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kdmq-closing-'));
    symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
    const reporter = JSON.stringify(join(project, 'test/closing-line.ts'));
    const config = `import { ClosingLine } from ${reporter};
      export default { test: { reporters: ['default', new ClosingLine()], coverage: { provider: 'v8' } } };`;
    writeFileSync(join(folder, 'vitest.config.ts'), config);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (files: Readonly<Record<string, string>>, ...options: string[]) => {
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, name), `import { beforeAll, describe, expect, it } from 'vitest';\n${text}\n`);
    }
    const vitest = join(project, 'node_modules/vitest/vitest.mjs');
    const { status, stdout } = spawnSync(process.execPath, [vitest, 'run', ...options], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env.PATH },
    });
    return { status, printed: stdout };
  };

  const closing = (files: Readonly<Record<string, string>>, ...options: string[]) => {
    const { status, printed } = run(files, ...options);
    return { status, line: printed.trimEnd().split('\n').at(-1) };
  };

  it('counts tests, after the coverage', () => {
    const good = "it('a', () => {}); it('b', () => {}); it.skipIf(true)('c', () => {});";
    expect(closing({ 'good.test.ts': good }, '--coverage')).toEqual({
      status: 0,
      line: '2 passed, 0 failed, 1 skipped',
    });
  });

  it('counts failures', () => {
    const files = { 'good.test.ts': "it('a', () => {});", 'bad.test.ts': "it('b', () => expect(1).toBe(2));" };
    expect(closing(files)).toEqual({ status: 1, line: '1 passed, 1 failed, 0 skipped' });
  });

  it('stands below what failed, each with its reason', () => {
    const { printed } = run({ 'bad.test.ts': "describe('d', () => it('b', () => expect('one').toBe('two')));" });
    const end = printed.trimEnd().split('\n').slice(-5);
    expect(end.slice(0, 2)).toEqual([
      'failed: bad.test.ts > d > b',
      "  expected 'one' to be 'two' // Object.is equality",
    ]);
    expect(end.join('\n')).toMatch(/Expected.*two.*Received.*one/s);
  });

  it('counts a file that can not be loaded as a failure', () => {
    const files = { 'good.test.ts': "it('a', () => {});", 'bad.test.ts': "import './nowhere.ts'; it('b', () => {});" };
    expect(closing(files)).toEqual({ status: 1, line: '1 passed, 1 failed, 0 skipped' });
  });

  it('counts an error outside of any test as a failure', () => {
    const late = "it('a', () => { void Promise.reject(new Error('late')); });";
    expect(closing({ 'late.test.ts': late })).toEqual({ status: 1, line: '1 passed, 1 failed, 0 skipped' });
  });

  it('counts tests behind a failed hook as skipped and the hook as failed', () => {
    const hook = "describe('d', () => { beforeAll(() => { throw new Error('hook'); }); it('a', () => {}); });";
    expect(closing({ 'hook.test.ts': hook })).toEqual({ status: 1, line: '0 passed, 1 failed, 1 skipped' });
  });

  it('fails when no test ran', () => {
    expect(closing({})).toEqual({ status: 1, line: '0 passed, 0 failed, 0 skipped' });
    const left = "it.skipIf(true)('a', () => {});";
    expect(closing({ 'left.test.ts': left })).toEqual({ status: 1, line: '0 passed, 0 failed, 1 skipped' });
  });
});
