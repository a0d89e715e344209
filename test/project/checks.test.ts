import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const project = resolve(import.meta.dirname, '../..');
const installed = ['node_modules', 'toolchain'];
const rules = [
  'Makefile',
  'package.json',
  'tsconfig.json',
  'web/tsconfig.json',
  'biome.json',
  'knip.json',
  '.gitignore',
  '.dependency-cruiser.json',
  'vitest.config.ts',
  'test/closing-line.ts',
  'test/project/layers.ts',
  'test/project/licences.ts',
];

/** what is planted, its text, the target that must fail, and what it must say besides the file's name */
const faults: readonly (readonly [name: string, file: string, text: string, target: string, says: string])[] = [
  ['bad format', 'src/core/planted-format.ts', "export  const planted = 'a' ;\n", 'format', 'format'],
  ['an any', 'src/core/planted-any.ts', 'export const planted = (a: any): string => a;\n', 'format', 'noExplicitAny'],
  ['a wrong type', 'src/core/planted-type.ts', "export const planted: number = 'a';\n", 'types', 'TS2322'],
  ['a wrong type of the dashboard', 'web/planted-type.tsx', "export const planted: number = 'a';\n", 'types', 'TS2322'],
  ['an unused file', 'src/core/planted-unused.ts', 'export const planted = 1;\n', 'unused', 'Unused files'],
  ['a wrong layer', 'src/core/planted-layer.ts', "import 'node:fs';\n", 'layers', 'core-is-pure'],
];

/** `make check` of a project that has the rules of this one and no code but a fault of each kind. */
describe('make check', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kdmq-checks-'));
    for (const name of ['src/core', 'web']) mkdirSync(join(folder, name), { recursive: true });
    for (const name of rules) cpSync(join(project, name), join(folder, name));
    for (const name of installed) symlinkSync(join(project, name), join(folder, name));
    for (const [, file, text] of faults) writeFileSync(join(folder, file), text);
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  // -o deps: the packages are this project's own, nothing is installed into them from the copy.
  const make = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('make', ['-o', 'deps', ...args], { cwd: folder, encoding: 'utf8' });
    return { status, output: stdout + stderr };
  };

  it('runs every check', () => {
    const { output } = make('--dry-run', 'check');
    for (const command of ['biome check', 'tsc', 'layers.ts', 'knip', 'licences.ts']) expect(output).toContain(command);
  });

  it.each(faults)(
    'sees %s',
    (_, file, __, target, says) => {
      const { status, output } = make(target);
      expect(output).toContain(file);
      expect(output).toContain(says);
      expect(status).not.toBe(0);
    },
    120_000,
  );
});
