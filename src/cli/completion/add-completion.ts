import { Argument, type Command } from 'commander';
import type { CommandRun } from '../command-run.ts';
import { addCommand } from '../source-options.ts';
import { SHELLS, type Shell } from './shells.ts';

/** `kdmq completion`: what a shell reads to complete the command line. */
export function addCompletion(program: Command, { run }: CommandRun): void {
  const completion = addCommand(program, 'completion')
    .summary('print what a shell needs to complete the command line')
    .description('Print a script that makes bash, zsh or fish complete commands, flags and their values.')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText('after', EXAMPLES);
  completion.action(() => {
    const shell = completion.processedArgs[0] as Shell;
    return run(async () => (await import('./print-completion.ts')).printCompletion(program, shell));
  });
}

const EXAMPLES = `
Examples:
  source <(kdmq completion bash)                                     (in ~/.bashrc)
  kdmq completion zsh > "\${fpath[1]}/_kdmq"                          (then a new shell)
  kdmq completion fish > ~/.config/fish/completions/kdmq.fish`;
