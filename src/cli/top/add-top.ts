import type { Command } from 'commander';
import { withColor } from '../color-option.ts';
import type { CommandRun } from '../command-run.ts';
import { durationOption } from '../duration-option.ts';
import { addApiCommand } from '../node-api/add-api-command.ts';

/** `kdmq top`: a running node, live. */
export function addTop(program: Command, run: CommandRun): void {
  const { command, finish } = addApiCommand(program, {
    name: 'top',
    summary: 'watch nodes, channels and queues of a running node in the terminal',
    more: 'Messages and items a second, what deserves a look first. q or Ctrl-C ends it.',
    examples: ['kdmq top', 'kdmq top --context prod --namespace voice', 'kdmq top --once --interval 10'],
  });
  command
    .option('--once', 'print what happened within one interval, and end: for scripts')
    .addOption(
      durationOption('-i, --interval', 'from one look to the next', { min: 0.1, max: 3_600 }).default(2, '2s'),
    );
  withColor(command);
  finish(run, async () => {
    const { runTop } = await import('./run-top.ts');
    const intervalMs = Number(command.getOptionValue('interval')) * 1_000;
    const once = command.getOptionValue('once') === true;
    return (api, signal) => runTop(api, { intervalMs, once }, signal);
  });
}
