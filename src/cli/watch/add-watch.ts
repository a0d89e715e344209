import { type Command, Option } from 'commander';
import type { CommandRun } from '../command-run.ts';
import { addApiCommand } from '../node-api/add-api-command.ts';

/** `kdmq watch`: what happens at a running node. */
export function addWatch(program: Command, run: CommandRun): void {
  const { command, finish } = addApiCommand(program, {
    name: 'watch',
    summary: 'print what happens at a running node until SIGINT or SIGTERM',
    more: 'Nodes that come and go, messages that come in, queues that change. When the node goes away it is waited for, and what was missed is told as far as the node still has it.',
    examples: ['kdmq watch', 'kdmq watch --types node,message -o json'],
  });
  command
    .option('--types <types>', 'some of node, message and queue, separated by commas (default: all)')
    .addOption(
      new Option('-o, --output <format>', 'json is one object a line').choices(['text', 'json']).default('text'),
    );
  finish(run, async () => {
    const { watchEvents } = await import('./watch-events.ts');
    const types = command.getOptionValue('types') as string | undefined;
    const output = command.getOptionValue('output') as 'text' | 'json';
    return (api, signal) => watchEvents(api, { types, output }, signal);
  });
}
