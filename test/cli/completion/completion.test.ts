import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { machineHas } from '../../machine.ts';
import { runCommand } from '../run-command.ts';

/** What stands on the line, the word under the cursor last; what is offered; what is not. */
const lines: readonly (readonly [words: readonly string[], offered: readonly string[], not: readonly string[]])[] = [
  [[''], ['start', 'config', 'ping', 'queue', 'help'], ['ls', '--config']],
  [['que'], ['queue'], ['start']],
  [['queue', ''], ['ls', 'export', 'import', 'adopt'], ['start']],
  [['queue', 'ls', '--out'], ['--output'], ['--to']],
  [['queue', 'ls', '--output', ''], ['table', 'json'], ['yaml']],
  [['queue', 'ls', '-o', 'j'], ['json'], ['table']],
  [['config', ''], ['schema'], ['json']],
  [['config', '-o', ''], ['yaml', 'json'], ['table']],
  [['config', '--ping-interval', ''], [], ['schema']],
  [['start', '--server'], ['--server-address', '--server-socket'], ['--config']],
  [['completion', ''], ['bash', 'zsh', 'fish'], []],
];

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kdmq-completion-'));
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, output, errors } = await runCommand(['completion', shell]);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    writeFileSync(join(folder, shell), output);
  }
  writeFileSync(join(folder, 'kdmq.yaml'), '');
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

function run(program: string, args: readonly string[]): string[] {
  const { stdout, stderr, status } = spawnSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: folder, TERM: 'dumb' },
    timeout: 20_000,
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.split('\n').filter((line) => line !== '');
}

const quoted = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ');

/** Calls the function as bash does. `compopt` is for the shell that waits for the key, and there is none. */
function inBash(words: readonly string[]): string[] {
  return run('bash', [
    '--noprofile',
    '--norc',
    '-c',
    `compopt() { :; }; source ./bash; COMP_WORDS=(kdmq ${quoted(words)}); COMP_CWORD=${words.length}; _kdmq; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ]);
}

/** Calls the function as zsh does, and writes what would be offered. */
function inZsh(words: readonly string[]): string[] {
  const word = words.at(-1) ?? '';
  const offered = run('zsh', [
    '-f',
    '-c',
    `compdef() { :; }; _files() { print -l -- *(N); }; compadd() { shift; print -l -- $@; }
     _describe() { print -l -- "\${(@)\${(P@)2}%%:*}"; }
     source ./zsh; words=(kdmq ${quoted(words)}); CURRENT=${words.length + 1}; PREFIX='${word}'; _kdmq`,
  ]);
  return offered.filter((one) => one.startsWith(word));
}

function inFish(words: readonly string[]): string[] {
  const line = ['kdmq', ...words].join(' ');
  return run('fish', ['--no-config', '-c', `source ./fish; complete -C '${line}'`]).map((one) => one.split('\t')[0]!);
}

describe.each([
  ['bash', true, inBash],
  ['zsh', machineHas('zsh'), inZsh],
  ['fish', machineHas('fish'), inFish],
] as const)('kdmq completion %s', (_, isThere, complete) => {
  it.skipIf(!isThere).each(lines)('completes %j', (words, offered, not) => {
    const completed = complete(words);
    expect(completed).toEqual(expect.arrayContaining([...offered]));
    for (const word of not) expect(completed).not.toContain(word);
  });

  it.skipIf(!isThere)('completes paths where a path is wanted', () => {
    expect(complete(['start', '--config', ''])).toContain('kdmq.yaml');
    expect(complete(['start', '--ping-interval', ''])).not.toContain('kdmq.yaml');
  });
});

describe('kdmq completion', () => {
  it('takes a value behind = in bash, which takes the word apart there', () => {
    expect(inBash(['queue', 'ls', '--output', '=', 'j'])).toEqual(['json']);
    expect(inBash(['queue', 'ls', '--output', '='])).toEqual(['table', 'json']);
  });

  it('names the shells that there are', async () => {
    const { code, errors } = await runCommand(['completion', 'tcsh']);
    expect(code).toBe(2);
    expect(errors).toContain('Allowed choices are bash, zsh, fish');
  });
});
