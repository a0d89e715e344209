import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const project = resolve(import.meta.dirname, '../..');
const nodeOf = (arch: string) => `toolchain/node_modules/node-linux-${arch}/bin`;

/** A clone after `make build`, whose compiled command tells how it was run. */
describe('bin/kdmq in a clone', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kdmq-command-'));
    cpSync(join(project, 'bin'), join(folder, 'clone/bin'), { recursive: true });
    mkdirSync(join(folder, 'clone/dist/cli'), { recursive: true });
    writeFileSync(join(folder, 'clone/package.json'), '{ "type": "module" }');
    const told = 'console.log(JSON.stringify([process.argv0, ...process.argv.slice(2)]));';
    writeFileSync(join(folder, 'clone/dist/cli/main.js'), told);
    mkdirSync(join(folder, 'old-node'));
    writeFileSync(join(folder, 'old-node/node'), '#!/bin/sh\necho the node of the machine "$@"\n', { mode: 0o755 });
    symlinkSync('clone/bin/kdmq', join(folder, 'kdmq'));
    symlinkSync('../kdmq', join(folder, 'old-node/kdmq'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = (command: string) =>
    spawnSync(command, ['a b', '--c'], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: `${join(folder, 'old-node')}:/usr/bin:/bin` },
    }).stdout.trim();

  it('takes the node of the machine when there is no other', () => {
    expect(run('./clone/bin/kdmq')).toMatch(/^the node of the machine .*\/clone\/bin\/kdmq\.js a b --c$/);
  });

  it.each([
    ['by its path', './clone/bin/kdmq'],
    ['through a link', './kdmq'],
    ['through a link to a link, found in PATH', 'kdmq'],
  ])("runs with the project's own node %s", (_, command) => {
    for (const arch of ['x64', 'arm64']) {
      const path = join(folder, 'clone', nodeOf(arch));
      mkdirSync(path, { recursive: true });
      rmSync(join(path, 'node'), { force: true });
      symlinkSync(process.execPath, join(path, 'node'));
    }
    const [node, ...args] = JSON.parse(run(command));
    expect(node).toContain('/toolchain/node_modules/node-linux-');
    expect(args).toEqual(['a b', '--c']);
  });
});
