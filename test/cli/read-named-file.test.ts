import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, it } from 'vitest';
import { readNamedFile } from '../../src/cli/read-named-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'kdmq-named-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A named pipe, which a shell makes for `--file <(…)` too. */
function pipe(name: string): string {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  return path;
}

describe('a file that an option names', () => {
  it('may be a pipe: what is written into it later is read to its end', async () => {
    const path = pipe('late');
    const read = readNamedFile({ path, by: '--file' }, new AbortController().signal);
    const writer = await open(path, 'w');
    for (const part of ['one ', 'two']) await writer.write(part);
    await writer.close();
    expect((await read).toString()).toBe('one two');
  });

  it('that nobody writes into is waited for until the command is called off', async () => {
    const calledOff = new AbortController();
    const read = readNamedFile({ path: pipe('silent'), by: '--file' }, calledOff.signal);
    calledOff.abort();
    await expect(read).rejects.toThrow('aborted');
  });

  it.skipIf(process.platform !== 'linux')('that has no end is left when it is longer than a node takes', async () => {
    const read = readNamedFile({ path: '/dev/zero', by: '--file' }, new AbortController().signal);
    await expect(read).rejects.toThrow('--file: /dev/zero is longer than 256 MiB');
  });

  it('is named with what is wrong with it', async () => {
    const { signal } = new AbortController();
    await expect(readNamedFile({ path: folder, by: '--file' }, signal)).rejects.toThrow(
      `--file: ${folder} is a directory, not a file`,
    );
    await expect(readNamedFile({ path: join(folder, 'none'), by: 'KDMQ_TOKEN_FILE' }, signal)).rejects.toThrow(
      'does not exist',
    );
  });
});
