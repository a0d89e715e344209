import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'kdmq-passwords-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Nobody listens there. */
const NODE = 'http://u:secret-pw@127.0.0.1:1';
const REDIS = 'redis://u:secret-pw@127.0.0.1:1';
const KEPT = ['--data-dir', folder, '--mqueue', 'name=calls;durability=always'];

describe('a password in a URL', { timeout: 60_000 }, () => {
  it.each<[string, readonly string[], string]>([
    ['a node that does not answer', ['nodes', '--url', NODE], 'no node answers at http://127.0.0.1:1: '],
    ['a node that does not answer kdmq top', ['top', '--once', '--url', NODE], 'http://127.0.0.1:1: '],
    ['a URL of something else', ['nodes', '--url', 'ftp://u:secret-pw@h'], '"(hidden)@h" is not the URL'],
    ['an argument too many', ['nodes', NODE], 'http://u:(hidden)@127.0.0.1:1'],
    ['a configuration that is wrong', ['config', '--config', NODE], 'http://u:(hidden)@127.0.0.1:1: does not exist'],
    ['a file that is none', ['nodes', '--token-file', NODE], '--token-file: http://u:(hidden)@127.0.0.1:1 does not'],
    ['lines that are none', ['queue', 'import', 'calls', NODE, ...KEPT], 'http://u:(hidden)@127.0.0.1:1'],
    [
      'a Redis that does not answer',
      ['queue', 'ls', '--db-url', REDIS, '--mqueue', 'name=calls;durability=always'],
      '127.0.0.1:1',
    ],
  ])('is not printed: %s', async (_, args, words) => {
    const { code, output, errors } = await runCommand(args);
    expect(code).not.toBe(0);
    expect(`${output}${errors}`).not.toContain('secret-pw');
    expect(errors).toContain(words);
  });
});
