import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMAND_PAGE, commands, withCommands } from './command-reference.ts';

const page = readFileSync(COMMAND_PAGE, 'utf8');

describe('docs/cli.md', () => {
  it('is up to date; if not: node test/project/command-reference.ts', () => {
    expect(withCommands(page)).toBe(page);
  });

  it.each(commands().map(({ path }) => path))('has a part for %s', (path) => {
    expect(page).toContain(`\n### \`${path}`);
  });
});

describe('the help of every command', () => {
  it.each(commands().map(({ path, command }) => [path, command] as const))('%s says what it is for', (_, command) => {
    expect(command.summary() || command.description()).not.toBe('');
    expect(command.description()).toMatch(/[.]$/);
    for (const argument of command.registeredArguments) expect(argument.description).not.toBe('');
    for (const option of command.options) expect(option.description).not.toBe('');
  });
});
