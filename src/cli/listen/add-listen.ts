import { type Command, Option } from 'commander';
import { SETTING_SECTIONS } from '../../core/settings/setting-declarations.ts';
import type { CommandRun } from '../command-run.ts';
import { NODE_EXIT_CODE_HELP } from '../exit-codes.ts';
import { numberOption } from '../number-option.ts';
import { addCommand, inputOf, withSources } from '../source-options.ts';
import type { ListenCommand } from './listen-command.ts';

const USED_SECTIONS: readonly string[] = ['The bus', 'SIP', 'TLS'];

/** `kdmq listen`: what others broadcast, on the terminal. */
export function addListen(program: Command, { environment, run }: CommandRun): void {
  const listen = addCommand(program, 'listen')
    .summary('join the bus as a node and print the messages of channels')
    .description(
      'Join the bus as a node of its own and print the messages of channels until SIGINT or SIGTERM, then say goodbye. Each is answered with 202. Without --server-address it takes the address from which the first notification_address is reached, with a free port, so that it can run beside a node. On a bus with a Kamailio 6.1, which knows one node per IP address, run it where no other node is.',
    )
    .argument('<channel...>', 'the channels')
    .addOption(
      new Option('-n, --count <number>', 'end after so many messages').argParser(
        numberOption({ min: 1, max: 1_000_000_000, whole: true }),
      ),
    )
    .addOption(
      new Option('-o, --output <format>', 'how messages are printed; json is one object a line')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addHelpText('after', `${EXAMPLES}\n${NODE_EXIT_CODE_HELP}`);
  const used = SETTING_SECTIONS.filter(({ title }) => USED_SECTIONS.includes(title));
  const settings = used.flatMap((section) => Object.keys(section.settings));
  withSources(listen, settings).action(() => {
    const command: ListenCommand = {
      input: inputOf(listen, environment),
      channels: listen.processedArgs[0] as string[],
      count: listen.getOptionValue('count') as number | undefined,
      output: listen.getOptionValue('output') as ListenCommand['output'],
    };
    return run(async (signal) => (await import('./listen-on-bus.ts')).listenOnBus(command, signal));
  });
}

const EXAMPLES = `
Examples:
  kdmq listen greetings --notification-address sip:10.0.0.1:5060
  kdmq listen greetings events -o json --config kdmq.yaml | jq .body`;
