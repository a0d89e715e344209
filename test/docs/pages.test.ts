import { describe, expect, it } from 'vitest';
import { machineHas } from '../machine.ts';
import { blocksOf, isShell, PAGES } from './page-blocks.ts';
import { playPage } from './play-page.ts';

const tried = PAGES.map((page) => [page, blocksOf(page)] as const).filter(([, blocks]) =>
  blocks.some((block) => isShell(block) && (block.kind === 'run' || block.kind === 'stays')),
);

describe.skipIf(!machineHas('networks', 'redis', 'kamailio-5.6'))('the commands of', () => {
  it.each(tried)('%s do what stands there, one after another', { timeout: 180_000 }, (_, blocks) => playPage(blocks));

  it.each([
    ['prints something else', '```sh run\necho one\n```\n\n```text output\ntwo\n```\n', /what was printed/],
    ['ends with another exit code', '```sh run\nexit 3\n```\n', /exit code/],
    ['stops at the first line that fails', '```sh run\nfalse\ntrue\n```\n', /exit code/],
    ['ends although it should stay', '```sh stays\nexit 4\n```\n\n```text output\nready\n```\n', /it ended with 4/],
  ])('a page fails when a block of it %s', async (_, page, says) => {
    await expect(playPage(blocksOf('docs/a-page.md', page))).rejects.toThrow(says);
  });
});
