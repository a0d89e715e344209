import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Block, blocksOf, isShell, PAGES, PROJECT, placeOf, SHELL_KINDS } from './page-blocks.ts';

const blocks = PAGES.flatMap((page) => blocksOf(page));
const shells = blocks.filter(isShell);

/** Why a block is not as it has to be; undefined when it is. */
function problemOf(block: Block, index: number): string | undefined {
  const { language, kind, options, text } = block;
  if (isShell(block)) {
    if (!SHELL_KINDS.has(kind)) return `its kind is "${kind}", known are ${[...SHELL_KINDS.keys()].join(', ')}`;
    if (kind === 'show' && !options.reason) return 'it is not run, and does not say why: reason="..."';
    if (/^\$ /m.test(text))
      return 'it has a prompt: what is typed stands in it alone, what is printed in ```text output';
  } else if (/^\$ /m.test(text)) return 'what is typed has to stand in a block of its own: ```sh run';
  if (language === 'text' && kind === 'output') {
    const before = blocks[index - 1];
    const follows =
      before !== undefined && before.page === block.page && ['run', 'stays', 'cluster', 'show'].includes(before.kind);
    if (!follows) return 'it is what a command prints, and no command stands before it';
  }
  if (
    language === 'comment' &&
    kind === 'fixture' &&
    !existsSync(join(import.meta.dirname, `fixtures/${options.name}.sh`))
  )
    return `test/docs/fixtures/${options.name}.sh is not there`;
  return undefined;
}

it('docs/README.md leads to every page', () => {
  const index = readFileSync(join(PROJECT, 'docs/README.md'), 'utf8');
  const missing = PAGES.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md').filter(
    (page) => !index.includes(`](${page.slice('docs/'.length)})`),
  );
  expect(missing).toEqual([]);
});

describe('the blocks of all pages', () => {
  it('say what they are', () => {
    const problems = blocks.flatMap((block, index) => {
      const problem = problemOf(block, index);
      return problem === undefined ? [] : [`${placeOf(block)}: ${problem}`];
    });
    expect(problems).toEqual([]);
  });

  it('are run where that can be; the others are told with their reasons', () => {
    const count = (kind: string) => shells.filter((block) => block.kind === kind).length;
    const notRun = shells.filter(({ kind }) => kind === 'show');
    const summary = [...SHELL_KINDS].map(([kind, what]) => `${count(kind)} ${what}`).join(', ');
    const list = notRun.map((block) => `  ${placeOf(block)}: ${block.options.reason}`).join('\n');
    console.info(`shell blocks of the pages: ${summary}:\n${list}`);
    expect(count('run') + count('stays')).toBeGreaterThan(notRun.length);
  });

  it('upgrade to the defaults of the chart that is there, not to those of the one before', () => {
    const upgrades = shells.filter(({ text }) => text.includes('helm upgrade '));
    expect(upgrades.length).toBeGreaterThan(0);
    expect(upgrades.filter(({ text }) => text.includes(' --reuse-values')).map(placeOf)).toEqual([]);
  });

  it('name targets of make that there are', () => {
    const makefile = readFileSync(join(PROJECT, 'Makefile'), 'utf8');
    const named = shells.flatMap(({ text }) =>
      [...text.matchAll(/^make ([a-z-]+)/gm)].map(([, target = '']) => target),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((target) => !makefile.includes(`\n${target}:`))).toEqual([]);
  });

  it('have programs in TypeScript that its compiler takes', { timeout: 120_000 }, () => {
    // In the project, whose own name leads programs to its types.
    const folder = join(PROJECT, '.cache/page-programs');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const programs = blocks.filter(({ language }) => language === 'ts');
    expect(programs.length).toBeGreaterThan(3);
    for (const block of programs)
      writeFileSync(join(folder, `${placeOf(block).replaceAll(/\W+/g, '-')}.ts`), block.text);
    const options = { extends: '../../tsconfig.json', compilerOptions: { incremental: false }, include: ['.'] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options));
    const { status, stdout } = spawnSync('tsc', ['-p', folder], { encoding: 'utf8', timeout: 100_000 });
    expect(status, stdout).toBe(0);
  });
});
