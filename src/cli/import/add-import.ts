import type { Command } from 'commander';
import type { CommandRun } from '../command-run.ts';
import { IMPORT_EXIT_CODE_HELP } from '../exit-codes.ts';
import { addCommand } from '../source-options.ts';
import type { ConfigImportCommand } from './import-command.ts';

/** `kdmq import`: from the configuration of a Kamailio to that of kdmq. */
export function addImport(program: Command, { environment, run }: CommandRun): void {
  const command = addCommand(program, 'import')
    .summary('make a configuration of the one of a Kamailio')
    .description(
      'Read the configuration of a Kamailio, print the configuration of kdmq that says the same, and name what was left out with its line. Taken over are the parameters of the modules dmq and mqueue, sockets, the certificates of the module tls, and the capture server of the module siptrace.',
    )
    .argument('<file>', 'kamailio.cfg; - for standard input')
    .option(
      '-A, --define <symbol>',
      'a symbol as of kamailio -A, NAME or NAME=value; may be given several times',
      (symbol: string, symbols: readonly string[]) => [...symbols, symbol],
      [],
    )
    .addHelpText('after', `${EXAMPLES}\n${IMPORT_EXIT_CODE_HELP}`);
  command.action(() => {
    const asked: ConfigImportCommand = {
      file: command.processedArgs[0] as string,
      defines: command.getOptionValue('define') as string[],
      environment,
    };
    return run(async (signal) => (await import('./import-config.ts')).importConfig(asked, signal));
  });
}

const EXAMPLES = `
Examples:
  kdmq import /etc/kamailio/kamailio.cfg > kdmq.yaml && kdmq config --config kdmq.yaml
  kdmq import -A WITH_TLS kamailio.cfg`;
