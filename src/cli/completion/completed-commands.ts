import type { Argument, Command, Option } from 'commander';

/** A flag as shells complete it. */
export interface CompletedFlag {
  /** `--output` and `-o`. */
  readonly names: readonly string[];
  readonly summary: string;
  /** What follows it. A flag of `maybe` may stand alone. */
  readonly value: 'none' | 'maybe' | 'needed';
  readonly choices: readonly string[];
  /** Its value is a path. */
  readonly path: boolean;
}

/** A command as shells complete it. */
export interface CompletedCommand {
  /** `queue ls`; empty for the program itself. */
  readonly path: string;
  readonly summary: string;
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly flags: readonly CompletedFlag[];
  /** Choices of its arguments. */
  readonly choices: readonly string[];
  /** It takes arguments that are paths, or that nobody knows. */
  readonly paths: boolean;
}

/** The command line as it is declared, one entry a command. */
export function completedCommands(program: Command): readonly CompletedCommand[] {
  return [...walk(program, [])];
}

function* walk(command: Command, path: readonly string[]): Generator<CompletedCommand> {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  yield {
    path: path.join(' '),
    summary: oneLine(command.summary()),
    commands: commands.map((one) => ({ name: one.name(), summary: oneLine(help.subcommandDescription(one)) })),
    flags: help.visibleOptions(command).map(flagOf),
    choices: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
    paths: command.registeredArguments.some(isPathArgument),
  };
  for (const one of command.commands) yield* walk(one, [...path, one.name()]);
}

function flagOf(option: Option): CompletedFlag {
  return {
    names: [option.long, option.short].filter((name) => typeof name === 'string'),
    summary: oneLine(option.description),
    value: option.required ? 'needed' : option.optional ? 'maybe' : 'none',
    choices: option.argChoices ?? [],
    path: /[<[](file|path|directory|place)[\]>]/.test(option.flags),
  };
}

function isPathArgument(argument: Argument): boolean {
  return ['file', 'source'].includes(argument.name());
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
