import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubectl } from '../cluster/kubectl.ts';
import { isOwnCluster } from '../cluster/own-cluster.ts';
import { runProgram } from '../cluster/run-program.ts';
import { type Block, blocksOf, isShell, PAGES, PROJECT, placeOf } from '../docs/page-blocks.ts';
import { comparable, printedAsShown } from '../docs/printed-as-shown.ts';
import { image, imageParts } from './image.ts';

/** The namespace of the pages. */
const NAMESPACE = 'voice';

/** That page installs what the others look at. */
const FIRST = 'docs/kubernetes.md';

/** What the test cluster needs, and the pages do not show: an image that it has, no volumes. */
const values = {
  image: imageParts(image),
  config: { mqueue: { calls: { durability: 'always' } } },
  redis: { enabled: true, persistence: { enabled: false }, ...(isOwnCluster && { image: 'localhost/redis:7' }) },
};

let folder: string;

const isTried = (block: Block): boolean => isShell(block) && block.kind === 'cluster';

const pages = [FIRST, ...PAGES.filter((page) => page !== FIRST)]
  .map((page) => ({ page, blocks: blocksOf(page) }))
  .filter(({ blocks }) => blocks.some(isTried));

/** What runProgram rejects with. */
interface ProgramError {
  readonly output: string;
  readonly complaint: string;
}

/** Runs a block in a shell of its own, to which goes over what the one before has assigned. */
async function play(block: Block, shown: Block | undefined): Promise<void> {
  const state = `'${folder}/state'`;
  const begin = `set -aem\n[ ! -e ${state} ] || . ${state}\ncd '${folder}'\nPATH='${folder}/bin':"$PATH"`;
  const script = `${begin}\ntrap "export -p > ${state}" EXIT\n${block.text}`;
  const { printed, failed } = await runProgram('bash', ['-c', `${script}\n`], { deadlineMs: 120_000 }).then(
    (output) => ({ printed: output, failed: false }),
    (error: ProgramError) => ({ printed: `${error.output}${error.complaint}\n`, failed: true }),
  );
  expect(failed, `${placeOf(block)}: ${printed}`).toBe((block.options.exit ?? '0') !== '0');
  if (shown !== undefined && !printedAsShown(printed, shown.text, true))
    expect(comparable(printed), placeOf(shown)).toBe(comparable(shown.text));
}

describe('the commands for Kubernetes of', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kdmq-pages-'));
    for (const name of ['charts', 'manifests']) symlinkSync(join(PROJECT, name), join(folder, name));
    writeFileSync(join(folder, 'values.json'), JSON.stringify(values));
    const helm = (await runProgram('sh', ['-c', 'command -v helm'])).trim();
    const here = `--values '${folder}/values.json' --set image.repository=${values.image.repository}`;
    const script = `#!/bin/sh\ncase $1 in install | upgrade) set -- "$@" ${here} ;; esac\nexec ${helm} "$@"\n`;
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'bin/helm'), script);
    writeFileSync(
      join(folder, 'bin/kdmq'),
      `#!/bin/sh\nexec '${process.execPath}' '${PROJECT}/src/cli/main.ts' "$@"\n`,
    );
    for (const name of ['helm', 'kdmq']) chmodSync(join(folder, 'bin', name), 0o755);
  });

  afterAll(async () => {
    await kubectl(['delete', 'namespace', NAMESPACE, '--wait=false', '--ignore-not-found']);
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(pages)('$page do what stands there', { timeout: 400_000 }, async ({ blocks }) => {
    for (const [index, block] of blocks.entries()) {
      const next = blocks[index + 1];
      if (isTried(block)) await play(block, next?.language === 'text' && next.kind === 'output' ? next : undefined);
    }
  });
});
