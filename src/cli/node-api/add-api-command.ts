import type { Command } from 'commander';
import type { CommandRun } from '../command-run.ts';
import { API_EXIT_CODE_HELP } from '../exit-codes.ts';
import { addCommand } from '../source-options.ts';
import { apiOptionsOf, withApi } from './api-options.ts';
import type { NodeApi } from './node-api.ts';

export interface ApiCommandText {
  readonly name: string;
  readonly summary: string;
  readonly more: string;
  readonly examples: readonly string[];
}

/** Declares a command that speaks with a running node. `finish` is to be called when its arguments and flags have been added. */
export function addApiCommand(parent: Command, { name, summary, more, examples }: ApiCommandText) {
  const sentence = `${summary[0]?.toUpperCase()}${summary.slice(1)}.`;
  const command = addCommand(parent, name)
    .summary(summary)
    .description(more === '' ? sentence : `${sentence} ${more}`)
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}\n${API_EXIT_CODE_HELP}`);
  const finish = (
    { environment, run }: CommandRun,
    work: () => Promise<(api: NodeApi, signal: AbortSignal) => Promise<number>>,
  ): void => {
    withApi(command).action(() =>
      run(async (signal) => {
        const { NodeApi } = await import('./node-api.ts');
        const api = await NodeApi.open(apiOptionsOf(command, environment), signal);
        return (await work())(api, signal);
      }),
    );
  };
  return { command, finish };
}
