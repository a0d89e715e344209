import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Command, Option } from 'commander';
import { makeProgram } from '../../src/cli/program.ts';
import { flagName } from '../../src/core/settings/setting-declaration.ts';
import { SETTING_NAMES } from '../../src/core/settings/setting-declarations.ts';

/** The page that holds the commands, between two marks. */
export const COMMAND_PAGE = fileURLToPath(new URL('../../docs/cli.md', import.meta.url));

const BEGIN = '<!-- commands: made by test/project/command-reference.ts -->';
const END = '<!-- end of commands -->';

/** The page with its commands made anew from the command line as it is declared. Throws when a mark is missing. */
export function withCommands(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the page has to hold "${BEGIN}" and, later, "${END}"`);
  const parts = commands().map(({ path, command }) => part(path, command));
  return `${page.slice(0, begin + BEGIN.length)}\n\n${parts.join('')}${page.slice(end)}`;
}

interface NamedCommand {
  readonly path: string;
  readonly command: Command;
}

/** All commands that do something, in the order of the help. */
export function commands(): readonly NamedCommand[] {
  const never = () => Promise.reject(new Error('nothing is run here'));
  const program = makeProgram({ start: never, printConfig: never, printSchema: never, run: never }, {}, () => {});
  const walk = (path: string, command: Command): NamedCommand[] => [
    { path, command },
    ...command.commands.flatMap((one) => walk(`${path} ${one.name()}`, one)),
  ];
  return program.commands.flatMap((one) => walk(`kdmq ${one.name()}`, one));
}

function part(path: string, command: Command): string {
  const help = command.createHelp();
  const names = command.registeredArguments.map(bracketed);
  const form = names.length === 0 ? '' : ` ${names.join(' ')}`;
  const rows = [
    ...help.visibleArguments(command).map((argument, index) => [names[index], argument.description]),
    ...help
      .visibleOptions(command)
      .filter(isOwn)
      .map((option) => [option.flags, describe(option)]),
  ];
  const table =
    rows.length === 0
      ? ''
      : `| | |\n|---|---|\n${rows.map(([term = '', text = '']) => `| \`${escaped(term)}\` | ${escaped(text)} |\n`).join('')}\n`;
  return `### \`${path}${form}\`\n\n${command.description()}\n\n${table}${settingsOf(command)}`;
}

function bracketed(argument: Command['registeredArguments'][number]): string {
  const text = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${text}>` : `[${text}]`;
}

function isOwn(option: Option): boolean {
  return option.long !== '--help' && !SETTING_NAMES.some((name) => flagName(name) === option.long);
}

function describe({ description, argChoices, defaultValue, defaultValueDescription }: Option): string {
  const choices = argChoices === undefined ? '' : ` (${argChoices.join(', ')})`;
  const byDefault = defaultValue === undefined ? '' : ` Default: ${defaultValueDescription ?? String(defaultValue)}.`;
  return `${description}${choices}${byDefault === '' ? '' : `.${byDefault}`}`;
}

/** Flags of settings stand in configuration.md. */
function settingsOf(command: Command): string {
  const used = SETTING_NAMES.filter((name) => command.options.some(({ long }) => long === flagName(name)));
  if (used.length === 0) return '';
  const all = used.length === SETTING_NAMES.length;
  const names = used.map((name) => `[\`${name}\`](configuration.md#${name})`).join(', ');
  return `Settings: ${all ? 'all of [configuration.md](configuration.md#settings)' : names}.\n\n`;
}

const escaped = (text: string): string => text.replaceAll('|', '\\|');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(COMMAND_PAGE, withCommands(readFileSync(COMMAND_PAGE, 'utf8')));
}
