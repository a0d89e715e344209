import { Argument, type Command, Option } from 'commander';
import { LOG_LEVELS } from '../../core/log-level.ts';
import type { CommandRun } from '../command-run.ts';
import { durationOption } from '../duration-option.ts';
import { addApiCommand } from '../node-api/add-api-command.ts';

/** `kdmq log`: the level of the log of a running node. */
export function addLog(program: Command, run: CommandRun): void {
  const { command, finish } = addApiCommand(program, {
    name: 'log',
    summary: 'show or change the log level of a running node',
    more: 'What is set holds until its time is over, until log_level of its configuration changes, or until it is restarted.',
    examples: ['kdmq log', 'kdmq log debug --for 10m'],
  });
  command
    .addArgument(new Argument('[level]', 'the new level').choices(LOG_LEVELS))
    .addOption(
      durationOption('--for', 'goes back to log_level of its configuration after that', { min: 1, max: 604_800 }),
    )
    .addOption(new Option('-o, --output <format>', 'how it is printed').choices(['text', 'json']).default('text'));
  finish(run, async () => {
    const { changeLevel } = await import('./change-level.ts');
    const [level] = command.processedArgs as [string | undefined];
    const forS = command.getOptionValue('for') as number | undefined;
    return (api) => changeLevel(api, { level, forS, output: command.getOptionValue('output') as 'text' | 'json' });
  });
}
