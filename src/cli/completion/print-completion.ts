import type { Command } from 'commander';
import { EXIT_CODES } from '../exit-codes.ts';
import { print } from '../print.ts';
import { bashCompletion } from './bash-completion.ts';
import { completedCommands } from './completed-commands.ts';
import { fishCompletion } from './fish-completion.ts';
import type { Shell } from './shells.ts';
import { zshCompletion } from './zsh-completion.ts';

const WRITERS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** `kdmq completion`. */
export async function printCompletion(program: Command, shell: Shell): Promise<number> {
  await print(WRITERS[shell](completedCommands(program)));
  return EXIT_CODES.ok;
}
