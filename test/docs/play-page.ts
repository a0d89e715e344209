import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { type Block, isShell, placeOf } from './page-blocks.ts';
import { PageWorld, type Terminal } from './page-world.ts';
import { comparable, printedAsShown } from './printed-as-shown.ts';

/** How long a program that stays may take until it has printed what the page shows. */
const STAYS_DEADLINE_MS = 30_000;

const NEVER_SHOWN = '(the page does not show what it prints)';

/**
 * Does what a page says, block by block: writes the files that it shows, runs its commands, and looks whether they print what stands
 * below them. Rejects at the first block that does not hold.
 */
export async function playPage(blocks: readonly Block[]): Promise<void> {
  await using world = await PageWorld.open();
  for (const [index, block] of blocks.entries()) {
    const next = blocks[index + 1];
    const shown = next?.language === 'text' && next.kind === 'output' ? next : undefined;
    await play(world, block, shown);
  }
}

async function play(world: PageWorld, block: Block, shown: Block | undefined): Promise<void> {
  const { language, kind, options, text } = block;
  if (options.file !== undefined) world.write(options.file, text);
  if (language === 'comment' && kind === 'ctrl-c') await world.interrupt();
  if (language === 'comment' && kind === 'fixture') {
    const fixture = readFileSync(join(import.meta.dirname, 'fixtures', `${options.name}.sh`), 'utf8');
    endedWell(block, await world.run(fixture));
  }
  if (!isShell(block)) return;
  if (kind === 'run') {
    const terminal = await world.run(text);
    endedWell(block, terminal);
    if (shown !== undefined) printed(shown, terminal, true);
  }
  if (kind === 'stays') {
    const terminal = world.stays(text);
    if (shown === undefined) throw new Error(`${placeOf(block)}: ${NEVER_SHOWN}, so nobody knows when it is ready`);
    const isThere = () => printedAsShown(terminal.printed, shown.text, false);
    const isOver = () => isThere() || terminal.code !== undefined;
    await vi.waitUntil(isOver, { timeout: STAYS_DEADLINE_MS, interval: 50 }).catch(() => {});
    if (terminal.code === undefined) printed(shown, terminal, false);
    else expect.fail(`${placeOf(block)}: it ended with ${terminal.code}:\n${terminal.printed}`);
  }
}

function endedWell(block: Block, { code, printed }: Terminal): void {
  const wanted = Number(block.options.exit ?? 0);
  expect(code, `${placeOf(block)}: the exit code, having printed\n${printed}`).toBe(wanted);
}

function printed(shown: Block, terminal: Terminal, whole: boolean): void {
  if (printedAsShown(terminal.printed, shown.text, whole)) return;
  // Not alike; a comparison of the two is easier to read than the pattern.
  expect(comparable(terminal.printed), `${placeOf(shown)}: what was printed`).toBe(comparable(shown.text));
  expect.fail(`${placeOf(shown)}: more was printed`);
}
